import { type SubmitEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Field } from '../ui/field.js';

interface RoomPasswordProps {
  readonly locked: boolean;
  /** Undefined takes the password away. Resolves to false when the server did not allow it. */
  readonly onChange: (password: string | undefined) => Promise<boolean>;
}

/** Where a moderator locks and unlocks the room. */
export function RoomPassword({ locked, onChange }: RoomPasswordProps) {
  const { t } = useTranslation();
  const [password, setPassword] = useState('');
  const [refused, setRefused] = useState(false);
  const change = (next: string | undefined) => {
    void onChange(next).then((done) => {
      setRefused(!done);
      if (done) setPassword('');
    });
  };
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (password !== '') change(password);
  };
  return (
    <section className="stack section" aria-labelledby="room-password">
      <h3 id="room-password">{t('people.lockHeading')}</h3>
      <p className="hint" role="status">
        {locked ? t('people.lockedNow') : t('people.unlockedNow')}
      </p>
      <form className="stack" onSubmit={submit}>
        <Field
          label={t('people.lockField')}
          hint={t('people.lockText')}
          type="password"
          autoComplete="new-password"
          value={password}
          onChange={(event) => setPassword(event.target.value)}
          error={refused ? t('people.notAllowed') : undefined}
        />
        <div className="actions">
          <button type="submit" className="button button-small">
            {t('people.lock')}
          </button>
          {locked && (
            <button type="button" className="button-quiet button-small" onClick={() => change(undefined)}>
              {t('people.unlock')}
            </button>
          )}
        </div>
      </form>
    </section>
  );
}
