import type { LoginState } from '@conclave/client';
import { type SubmitEvent, useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { Field } from './field.js';

interface LoginFormProps {
  readonly login: LoginState;
  readonly onLogin: (username: string, password: string) => void;
  readonly onCancel: () => void;
}

/** "I am the host": user name and password of the main domain. The password is nowhere kept. */
export function LoginForm({ login, onLogin, onCancel }: LoginFormProps) {
  const { t } = useTranslation();
  const form = useRef<HTMLFormElement>(null);
  const pending = login.kind === 'pending';
  useEffect(() => {
    if (login.kind === 'refused') form.current?.querySelector<HTMLInputElement>('[name=password]')?.select();
  }, [login]);
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    const data = new FormData(event.currentTarget);
    const [username, password] = [data.get('username'), data.get('password')];
    if (typeof username !== 'string' || typeof password !== 'string' || pending) return;
    if (username.trim() !== '' && password !== '') onLogin(username.trim(), password);
  };
  return (
    <form ref={form} className="stack" onSubmit={submit} aria-label={t('waiting.loginHeading')}>
      <h2>{t('waiting.loginHeading')}</h2>
      <Field
        name="username"
        label={t('waiting.username')}
        autoComplete="username"
        autoCapitalize="none"
        spellCheck={false}
        required
        autoFocus
      />
      <Field
        name="password"
        type="password"
        label={t('waiting.password')}
        autoComplete="current-password"
        required
        error={login.kind === 'refused' ? t(`waiting.${login.failure}`) : undefined}
      />
      <div className="actions">
        <button type="submit" className="button" disabled={pending}>
          {pending ? t('waiting.loggingIn') : t('waiting.login')}
        </button>
        <button type="button" className="button-quiet" onClick={onCancel}>
          {t('waiting.cancel')}
        </button>
      </div>
    </form>
  );
}
