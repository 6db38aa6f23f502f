import type { PromotionRequest } from '@conclave/client';
import { useTranslation } from 'react-i18next';
import { Avatar } from '../ui/avatar.js';

interface VisitorRequestsProps {
  readonly requests: readonly PromotionRequest[];
  readonly onAnswer: (id: string, approved: boolean) => void;
}

/** Visitors who ask to take part, and a moderator's answer. */
export function VisitorRequests({ requests, onAnswer }: VisitorRequestsProps) {
  const { t } = useTranslation();
  return (
    <section aria-label={t('visitors.heading')}>
      <h3>{t('visitors.heading')}</h3>
      <ul className="people">
        {requests.map(({ id, displayName }) => {
          const name = displayName || t('meeting.unnamed');
          return (
            <li key={id} className="person">
              <Avatar id={id} name={name} />
              <div className="person-name">
                <span dir="auto">{name}</span>
              </div>
              <button
                type="button"
                className="button button-small"
                aria-label={t('visitors.admitName', { name })}
                onClick={() => onAnswer(id, true)}
              >
                {t('visitors.admit')}
              </button>
              <button
                type="button"
                className="button-quiet button-small"
                aria-label={t('visitors.denyName', { name })}
                onClick={() => onAnswer(id, false)}
              >
                {t('visitors.deny')}
              </button>
            </li>
          );
        })}
      </ul>
    </section>
  );
}
