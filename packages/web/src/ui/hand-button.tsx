import type { Visit } from '@conclave/client';
import { useTranslation } from 'react-i18next';
import { HandIcon } from './icons.js';

interface HandButtonProps {
  readonly hand: Visit['hand'];
  readonly onToggle: (raised: boolean) => void;
}

/** With which a visitor asks to take part. Pressed means that one asks. */
export function HandButton({ hand, onToggle }: HandButtonProps) {
  const { t } = useTranslation();
  const raised = hand === 'raised';
  return (
    <button
      type="button"
      className="tool"
      aria-label={t('visitors.ask')}
      aria-pressed={raised}
      data-tooltip={raised ? t('visitors.withdraw') : t('visitors.ask')}
      onClick={() => onToggle(!raised)}
    >
      <HandIcon />
    </button>
  );
}
