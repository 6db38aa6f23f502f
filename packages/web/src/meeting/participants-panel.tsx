import type { Conference, ConferenceState, LocalMediaState, Participant } from '@conclave/client';
import { isMuted } from '@conclave/client';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Avatar } from '../ui/avatar.js';
import { CameraIcon, MicrophoneIcon } from '../ui/icons.js';
import { LoginForm } from '../ui/login-form.js';
import { Panel } from './panel.js';
import { RoomPassword } from './room-password.js';
import { VisitorRequests } from './visitor-requests.js';

interface PersonProps {
  readonly participant: Omit<Participant, 'tracks'>;
  readonly name: string;
  /** Absent where we may not put this one out. */
  readonly onKick?: (() => void) | undefined;
  /** Absent where there is no looking on, or we may not send this one to it. */
  readonly onDemote?: (() => void) | undefined;
}

function Person({ participant, name, onKick, onDemote }: PersonProps) {
  const { t } = useTranslation();
  const [asking, setAsking] = useState(false);
  return (
    <li className="person">
      <Avatar id={participant.id} name={participant.displayName || name} />
      <div className="person-name">
        <span dir="auto">{name}</span>
        {participant.role === 'moderator' && <span className="badge">{t('meeting.moderator')}</span>}
      </div>
      {participant.audioMuted && (
        <span className="person-state" role="img" aria-label={t('meeting.micMuted')}>
          <MicrophoneIcon off />
        </span>
      )}
      {participant.videoMuted && (
        <span className="person-state" role="img" aria-label={t('meeting.cameraOff')}>
          <CameraIcon off />
        </span>
      )}
      {onDemote && !asking && (
        <button
          type="button"
          className="button-quiet button-small"
          aria-label={t('visitors.sendBackName', { name })}
          onClick={onDemote}
        >
          {t('visitors.sendBack')}
        </button>
      )}
      {onKick && !asking && (
        <button
          type="button"
          className="button-quiet button-small"
          aria-label={t('people.remove', { name })}
          onClick={() => setAsking(true)}
        >
          {t('people.removeShort')}
        </button>
      )}
      {onKick && asking && (
        <div className="person-confirm" role="group" aria-label={t('people.removeConfirm', { name })}>
          <p>{t('people.removeConfirm', { name })}</p>
          <button type="button" className="button-danger button-small" autoFocus onClick={onKick}>
            {t('people.confirm')}
          </button>
          <button type="button" className="button-quiet button-small" onClick={() => setAsking(false)}>
            {t('people.cancel')}
          </button>
        </div>
      )}
    </li>
  );
}

interface ParticipantsPanelProps {
  readonly conference: Conference;
  readonly state: ConferenceState;
  readonly devices: LocalMediaState;
  /** The meeting has visitors: participants can be sent among them. */
  readonly hasVisitors: boolean;
  readonly onClose: () => void;
}

/**
 * Who is here, and what a moderator may do: let visitors take part and send them back, remove somebody, lock the room. Anyone with an
 * account may become one.
 */
export function ParticipantsPanel({
  conference,
  state,
  devices,
  hasVisitors,
  onClose,
}: ParticipantsPanelProps) {
  const { t } = useTranslation();
  const [refused, setRefused] = useState(false);
  const [loggingIn, setLoggingIn] = useState(false);
  const { self, participants, login, visit, promotionRequests } = state;
  const moderating = self.role === 'moderator';
  const kick = (id: string) => {
    void conference.kick(id).then((done) => setRefused(!done));
  };
  return (
    <Panel heading={t('people.heading')} closeLabel={t('people.close')} onClose={onClose}>
      <div className="panel-body">
        {moderating && promotionRequests.length > 0 && (
          <VisitorRequests
            requests={promotionRequests}
            onAnswer={(id, approved) => conference.answerRequest(id, approved)}
          />
        )}
        <ul className="people" aria-label={t('people.list')}>
          {!visit && (
            <Person
              participant={{
                ...self,
                audioMuted: isMuted(devices.microphone),
                videoMuted: isMuted(devices.camera),
              }}
              name={t('meeting.you', { name: self.displayName || t('meeting.unnamed') })}
            />
          )}
          {participants.map((participant) => (
            <Person
              key={participant.id}
              participant={participant}
              name={participant.displayName || t('meeting.unnamed')}
              onKick={moderating ? () => kick(participant.id) : undefined}
              onDemote={
                moderating && hasVisitors && participant.role === 'participant'
                  ? () => conference.demote(participant.id)
                  : undefined
              }
            />
          ))}
        </ul>
        <div role="alert">{refused && <p className="error">{t('people.notAllowed')}</p>}</div>
        {moderating && (
          <RoomPassword locked={state.locked} onChange={(password) => conference.setPassword(password)} />
        )}
        {!moderating && !loggingIn && (
          <button type="button" className="button-quiet" onClick={() => setLoggingIn(true)}>
            {t('people.hostLogin')}
          </button>
        )}
        {!moderating && loggingIn && (
          <LoginForm
            login={login}
            onLogin={(username, password) => void conference.login(username, password)}
            onCancel={() => setLoggingIn(false)}
          />
        )}
        {login.kind === 'accepted' && login.identity !== undefined && (
          <button type="button" className="button-quiet" onClick={() => void conference.logout()}>
            {t('people.logout', { identity: login.identity })}
          </button>
        )}
      </div>
    </Panel>
  );
}
