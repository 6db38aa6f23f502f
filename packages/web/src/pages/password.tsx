import type { Conference } from '@conclave/client';
import { type SubmitEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { CardPage } from '../ui/card-page.js';
import { Field } from '../ui/field.js';

interface PasswordProps {
  readonly conference: Conference;
  readonly room: string;
  /** The last one did not fit. */
  readonly wrong: boolean;
}

/** Before a locked room. */
export function Password({ conference, room, wrong }: PasswordProps) {
  const { t } = useTranslation();
  const [password, setPassword] = useState('');
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (password !== '') conference.givePassword(password);
  };
  return (
    <CardPage heading={t('password.heading')} kicker={t('preJoin.room', { room })}>
      <form className="stack" onSubmit={submit}>
        <p>{t('password.text')}</p>
        <Field
          label={t('password.field')}
          type="password"
          autoComplete="off"
          autoFocus
          value={password}
          onChange={(event) => setPassword(event.target.value)}
          error={wrong ? t('password.wrong') : undefined}
          required
        />
        <div className="actions">
          <button type="submit" className="button">
            {t('password.enter')}
          </button>
          <button type="button" className="button-quiet" onClick={() => void conference.leave()}>
            {t('password.leave')}
          </button>
        </div>
      </form>
    </CardPage>
  );
}
