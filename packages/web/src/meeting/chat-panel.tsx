import type { ChatMessage } from '@conclave/client';
import { type SubmitEvent, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { linkParts } from '../model/links.js';
import { SendIcon } from '../ui/icons.js';
import { Panel } from './panel.js';

interface ChatPanelProps {
  readonly messages: readonly ChatMessage[];
  readonly onSend: (text: string) => void;
  readonly onClose: () => void;
}

function Message({ message }: { readonly message: ChatMessage }) {
  const { t, i18n } = useTranslation();
  const time = new Intl.DateTimeFormat(i18n.language, { timeStyle: 'short' }).format(message.sentAt);
  const shown = message.displayName || t('meeting.unnamed');
  const name = message.own
    ? t('meeting.you', { name: shown })
    : message.visitor
      ? t('visitors.name', { name: shown })
      : shown;
  return (
    <li className={message.own ? 'message message-own' : 'message'}>
      <p className="message-from">{t('chat.from', { name, time })}</p>
      <p className="message-text" dir="auto">
        {linkParts(message.text).map(({ text, href }, index) =>
          href === undefined ? (
            text
          ) : (
            <a key={index} href={href} target="_blank" rel="noopener noreferrer nofollow">
              {text}
            </a>
          ),
        )}
      </p>
    </li>
  );
}

/** The room's messages and where one writes. New ones are read aloud (role log). */
export function ChatPanel({ messages, onSend, onClose }: ChatPanelProps) {
  const { t } = useTranslation();
  const [text, setText] = useState('');
  const end = useRef<HTMLDivElement>(null);
  useEffect(() => {
    end.current?.scrollIntoView({ block: 'nearest' });
  }, [messages.length]);
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (text.trim() === '') return;
    onSend(text.trim());
    setText('');
  };
  return (
    <Panel heading={t('chat.heading')} closeLabel={t('chat.close')} onClose={onClose}>
      <div className="panel-body" role="log" aria-label={t('chat.messages')} tabIndex={0}>
        {messages.length === 0 && <p className="hint">{t('chat.empty')}</p>}
        <ul className="messages">
          {messages.map((message) => (
            <Message key={message.id} message={message} />
          ))}
        </ul>
        <div ref={end} />
      </div>
      <form className="composer" onSubmit={submit}>
        <input
          aria-label={t('chat.field')}
          placeholder={t('chat.field')}
          value={text}
          onChange={(event) => setText(event.target.value)}
          maxLength={4000}
          autoComplete="off"
          autoFocus
        />
        <button type="submit" className="button-icon button-send" aria-label={t('chat.send')}>
          <SendIcon />
        </button>
      </form>
    </Panel>
  );
}
