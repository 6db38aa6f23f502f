import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { type ShortcutAction, keyOf } from '../model/shortcuts.js';

const actions: readonly ShortcutAction[] = ['microphone', 'camera', 'chat', 'participants', 'help'];

/** The list of keys, as a modal dialog. */
export function ShortcutHelp({ onClose }: { readonly onClose: () => void }) {
  const { t } = useTranslation();
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (!dialog.current?.open) dialog.current?.showModal();
  }, []);
  return (
    <dialog ref={dialog} className="dialog" aria-labelledby="shortcuts" onClose={onClose}>
      <h2 id="shortcuts">{t('shortcuts.heading')}</h2>
      <dl className="keys">
        {actions.map((action) => (
          <div key={action}>
            <dt>
              <kbd>{keyOf(action)}</kbd>
            </dt>
            <dd>{t(`shortcuts.${action}`)}</dd>
          </div>
        ))}
      </dl>
      <button type="button" className="button" onClick={() => dialog.current?.close()}>
        {t('shortcuts.close')}
      </button>
    </dialog>
  );
}
