import type { Conference, ConferenceState } from '@conclave/client';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { CardPage } from '../ui/card-page.js';
import { LoginForm } from '../ui/login-form.js';

interface WaitingProps {
  readonly conference: Conference;
  readonly state: ConferenceState;
  readonly room: string;
}

/** The guest's waiting room, from which a host opens the meeting. */
export function Waiting({ conference, state, room }: WaitingProps) {
  const { t } = useTranslation();
  const [asHost, setAsHost] = useState(false);
  const accepted = state.login.kind === 'accepted';
  return (
    <CardPage heading={t('waiting.heading')} kicker={t('preJoin.room', { room })}>
      <div className="stack">
        <div className="waiting" role="status">
          <span className="pulse" aria-hidden="true" />
          <p>{accepted ? t('waiting.accepted') : t('waiting.text')}</p>
        </div>
        {state.status.kind === 'reconnecting' && (
          <p className="notice" role="status">
            {t('meeting.reconnecting')}
          </p>
        )}
        {asHost && !accepted ? (
          <LoginForm
            login={state.login}
            onLogin={(username, password) => void conference.login(username, password)}
            onCancel={() => setAsHost(false)}
          />
        ) : (
          <div className="actions">
            {!accepted && (
              <button type="button" className="button" onClick={() => setAsHost(true)}>
                {t('waiting.iAmHost')}
              </button>
            )}
            <button type="button" className="button-quiet" onClick={() => void conference.leave()}>
              {t('waiting.leave')}
            </button>
          </div>
        )}
      </div>
    </CardPage>
  );
}
