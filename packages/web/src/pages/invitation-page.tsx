import { type SubmitEvent, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import {
  acceptInvitation,
  type Invitation,
  type InvitationFailure,
  lookAtInvitation,
} from '../model/invitation.js';
import { passwordStrength } from '../model/password-strength.js';
import { CardPage } from '../ui/card-page.js';
import { Field } from '../ui/field.js';

type State =
  | { readonly kind: 'looking' }
  | { readonly kind: 'open'; readonly invitation: Invitation; readonly wantsAccount: boolean }
  | { readonly kind: 'closed'; readonly failure: InvitationFailure }
  | { readonly kind: 'done'; readonly account: string };

const ask = (url: string, options: RequestInit) => fetch(url, options);

/** Where somebody who was invited sets the password of an account: nobody else ever sees it. */
export function InvitationPage({ token }: { readonly token: string }) {
  const { t } = useTranslation();
  const [state, setState] = useState<State>({ kind: 'looking' });
  useEffect(() => {
    document.title = t('title.invite');
  }, [t]);
  useEffect(() => {
    let left = false;
    void lookAtInvitation(token, ask).then((result) => {
      if (left) return;
      setState(
        'value' in result
          ? { kind: 'open', invitation: result.value, wantsAccount: false }
          : { kind: 'closed', failure: result.failure },
      );
    });
    return () => {
      left = true;
    };
  }, [token]);
  switch (state.kind) {
    case 'looking':
      return (
        <CardPage heading={t('invite.looking')}>
          <p role="status">{t('invite.lookingText')}</p>
        </CardPage>
      );
    case 'closed':
      return (
        <CardPage heading={t('invite.closed')}>
          <p role="alert">{t(`invite.${state.failure}`)}</p>
        </CardPage>
      );
    case 'done':
      return (
        <CardPage heading={t('invite.done')}>
          <p role="status">{t('invite.doneText', { account: state.account })}</p>
          <a className="button" href="/">
            {t('invite.toStart')}
          </a>
        </CardPage>
      );
    case 'open':
      if (state.invitation.kind === 'contact' && !state.wantsAccount) {
        return (
          <ContactInvitation
            invitation={state.invitation}
            onNoAccount={() => setState({ ...state, wantsAccount: true })}
          />
        );
      }
      return (
        <InvitationForm
          token={token}
          invitation={state.invitation}
          onDone={(account) => {
            // The token is used up: it need not stay in the history.
            window.history.replaceState(null, '', '/');
            setState({ kind: 'done', account });
          }}
        />
      );
  }
}

interface ContactInvitationProps {
  readonly invitation: Invitation;
  readonly onNoAccount: () => void;
}

/** Most have an account somewhere: their XMPP client does the rest (XEP-0379 s.3.3). */
function ContactInvitation({ invitation, onNoAccount }: ContactInvitationProps) {
  const { t } = useTranslation();
  const { inviter, domain, uri, mayRegister } = invitation;
  return (
    <CardPage heading={t('invite.contactHeading', { inviter: inviter ?? domain })} kicker={domain}>
      <div className="stack">
        <p>{t('invite.contactText')}</p>
        <a className="button" href={uri}>
          {t('invite.openApp')}
        </a>
        <p className="hint">{t('invite.noApp')}</p>
        {mayRegister && (
          <button type="button" className="button-quiet" onClick={onNoAccount}>
            {t('invite.noAccount')}
          </button>
        )}
      </div>
    </CardPage>
  );
}

interface InvitationFormProps {
  readonly token: string;
  readonly invitation: Invitation;
  readonly onDone: (account: string) => void;
}

/** What is wrong, if anything: said at the field that it is about. */
type Wrong = InvitationFailure | 'no-username' | 'no-password' | 'different';

function InvitationForm({ token, invitation, onDone }: InvitationFormProps) {
  const { t } = useTranslation();
  const [username, setUsername] = useState(invitation.username ?? '');
  const [password, setPassword] = useState('');
  const [repeated, setRepeated] = useState('');
  const [wrong, setWrong] = useState<Wrong>();
  const [pending, setPending] = useState(false);

  const submit = async () => {
    const name = username.trim();
    const missing = name === '' ? 'no-username' : password === '' ? 'no-password' : undefined;
    setWrong(missing ?? (password === repeated ? undefined : 'different'));
    if (missing !== undefined || password !== repeated) return;
    setPending(true);
    const result = await acceptInvitation({ token, username: name, password }, ask);
    setPending(false);
    if ('value' in result) onDone(result.value);
    else setWrong(result.failure);
  };
  const at = (...about: readonly Wrong[]) =>
    wrong !== undefined && about.includes(wrong) ? t(`invite.${wrong}`) : undefined;
  const general = at('invalid', 'insecure', 'too-many', 'unreachable');

  return (
    <CardPage
      heading={invitation.kind === 'reset' ? t('invite.resetHeading') : t('invite.heading')}
      kicker={invitation.domain}
    >
      <form
        className="stack"
        noValidate
        onSubmit={(event: SubmitEvent<HTMLFormElement>) => {
          event.preventDefault();
          if (!pending) void submit();
        }}
      >
        <p>{t('invite.text')}</p>
        <Field
          name="username"
          label={t('invite.username')}
          autoComplete="username"
          autoCapitalize="none"
          spellCheck={false}
          maxLength={200}
          readOnly={invitation.username !== undefined}
          value={username}
          onChange={(event) => setUsername(event.target.value)}
          error={at('no-username', 'conflict', 'bad-username')}
          required
        />
        <Field
          name="password"
          type="password"
          label={t('invite.password')}
          autoComplete="new-password"
          maxLength={1000}
          value={password}
          onChange={(event) => setPassword(event.target.value)}
          error={at('no-password', 'bad-password')}
          required
        />
        <p className="hint" role="status">
          {password === ''
            ? t('invite.hint')
            : t(`invite.${passwordStrength(password, [username, invitation.domain])}`)}
        </p>
        <Field
          name="repeated"
          type="password"
          label={t('invite.repeat')}
          autoComplete="new-password"
          maxLength={1000}
          value={repeated}
          onChange={(event) => setRepeated(event.target.value)}
          error={at('different')}
          required
        />
        <div role="alert">{general !== undefined && <p className="error">{general}</p>}</div>
        <button type="submit" className="button" disabled={pending}>
          {pending ? t('invite.setting') : t('invite.set')}
        </button>
        {invitation.uri !== undefined && (
          <a className="button-quiet" href={invitation.uri}>
            {t('invite.orApp')}
          </a>
        )}
      </form>
    </CardPage>
  );
}
