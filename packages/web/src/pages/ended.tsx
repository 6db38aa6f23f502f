import type { ConferenceStatus } from '@conclave/client';
import { useTranslation } from 'react-i18next';
import { CardPage } from '../ui/card-page.js';

interface EndedProps {
  readonly status: ConferenceStatus;
  readonly room: string;
  readonly onRejoin: () => void;
}

/** After the meeting, however it ended, and the way back. */
export function Ended({ status, room, onRejoin }: EndedProps) {
  const { t } = useTranslation();
  const heading =
    status.kind === 'kicked'
      ? t('end.kicked')
      : status.kind === 'ended'
        ? t('end.ended')
        : status.kind === 'failed'
          ? t('end.failed')
          : t('end.left');
  return (
    <CardPage heading={heading} kicker={t('preJoin.room', { room })}>
      <div className="stack">
        {status.kind === 'kicked' && status.by !== undefined && (
          <p>{t('end.kickedBy', { name: status.by })}</p>
        )}
        {(status.kind === 'kicked' || status.kind === 'ended') && status.reason !== undefined && (
          <p>{t('end.reason', { reason: status.reason })}</p>
        )}
        {status.kind === 'failed' && (
          <>
            <p role="alert">{t(`end.${status.error.code}`)}</p>
            <p className="hint">
              {t('end.code', { code: status.error.code })}
              {status.error.text !== undefined && ` (${status.error.text})`}
            </p>
          </>
        )}
        <div className="actions">
          <button type="button" className="button" onClick={onRejoin}>
            {t('end.rejoin')}
          </button>
          <a className="button-quiet" href="/">
            {t('end.home')}
          </a>
        </div>
      </div>
    </CardPage>
  );
}
