import { type SubmitEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { cryptoRandom, roomName, suggestRoomName } from '../model/room-name.js';
import { CardPage } from '../ui/card-page.js';
import { Field } from '../ui/field.js';
import { ShuffleIcon } from '../ui/icons.js';
import { NameField } from '../ui/name-field.js';

interface StartPageProps {
  readonly displayName: string;
  readonly onGo: (room: string, displayName: string) => void;
}

/** Where one names the room and oneself. */
export function StartPage({ displayName, onGo }: StartPageProps) {
  const { t } = useTranslation();
  const [room, setRoom] = useState('');
  const [name, setName] = useState(displayName);
  const [missing, setMissing] = useState(false);
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    const chosen = roomName(room);
    setMissing(chosen === '');
    if (chosen !== '') onGo(chosen, name.trim());
  };
  return (
    <CardPage heading={t('start.heading')} kicker={t('app.tagline')}>
      <form className="stack" onSubmit={submit} noValidate>
        <Field
          label={t('start.room')}
          hint={t('start.roomHint')}
          error={missing ? t('start.roomMissing') : undefined}
          value={room}
          onChange={(event) => setRoom(event.target.value)}
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          maxLength={64}
          action={
            <button
              type="button"
              className="button-icon"
              aria-label={t('start.suggest')}
              data-tooltip={t('start.suggest')}
              onClick={() => {
                setRoom(suggestRoomName(cryptoRandom));
                setMissing(false);
              }}
            >
              <ShuffleIcon />
            </button>
          }
        />
        <NameField value={name} onChange={setName} />
        <button type="submit" className="button">
          {t('start.go')}
        </button>
      </form>
    </CardPage>
  );
}
