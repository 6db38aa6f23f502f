import { createRoot } from 'react-dom/client';
import { App } from './app.js';
import { chooseLanguage, startI18n } from './i18n/i18n.js';
import { readServiceConfig } from './model/service-config.js';
import './styles/tokens.css';
import './styles/base.css';
import './styles/controls.css';
import './styles/pages.css';
import './styles/meeting.css';
import './styles/panels.css';

declare global {
  interface Window {
    /** Set by /config.js. */
    readonly config?: unknown;
  }
}

const language = chooseLanguage(navigator.languages);
document.documentElement.lang = language;
await startI18n(language);
const root = document.getElementById('root');
if (root) createRoot(root).render(<App config={readServiceConfig(window.config, window.location)} />);
