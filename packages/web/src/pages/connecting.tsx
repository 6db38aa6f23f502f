import { useTranslation } from 'react-i18next';
import { CardPage } from '../ui/card-page.js';

interface ConnectingProps {
  readonly room: string;
  readonly onLeave: () => void;
}

/** While the server is being reached and the room entered. */
export function Connecting({ room, onLeave }: ConnectingProps) {
  const { t } = useTranslation();
  return (
    <CardPage heading={t('connecting.heading')} kicker={t('preJoin.room', { room })}>
      <div className="stack">
        <div className="waiting" role="status">
          <span className="pulse" aria-hidden="true" />
          <p>{t('connecting.text')}</p>
        </div>
        <div className="actions">
          <button type="button" className="button-quiet" onClick={onLeave}>
            {t('waiting.cancel')}
          </button>
        </div>
      </div>
    </CardPage>
  );
}
