import { useTranslation } from 'react-i18next';
import type { MeetingModel, MeetingState } from '../model/meeting-model.js';
import { keyOf } from '../model/shortcuts.js';
import { DeviceButtons } from '../ui/device-buttons.js';
import { HandButton } from '../ui/hand-button.js';
import { ChatIcon, KeyboardIcon, LeaveIcon, PeopleIcon } from '../ui/icons.js';

/** What one does most. Every button says its state (aria-pressed) and its key. */
export function Toolbar({ model, state }: { readonly model: MeetingModel; readonly state: MeetingState }) {
  const { t } = useTranslation();
  const { panel, unread, devices } = state;
  const { conference } = model;
  const visit = state.conference?.visit;
  return (
    <div className="toolbar" role="group" aria-label={t('meeting.toolbar')}>
      {visit ? (
        <HandButton
          hand={visit.hand}
          onToggle={(raised) => (raised ? conference?.raiseHand() : conference?.lowerHand())}
        />
      ) : (
        <DeviceButtons devices={devices} onToggle={(kind) => void model.toggleDevice(kind)} />
      )}
      <span className="toolbar-gap" aria-hidden="true" />
      <button
        type="button"
        className="tool"
        aria-label={t('meeting.chat')}
        aria-describedby={unread > 0 ? 'unread' : undefined}
        aria-pressed={panel === 'chat'}
        aria-keyshortcuts={keyOf('chat')}
        data-tooltip={`${t('meeting.chat')} (${keyOf('chat')})`}
        onClick={() => model.togglePanel('chat')}
      >
        <ChatIcon />
        {unread > 0 && (
          <span className="unread" aria-hidden="true">
            {unread > 99 ? '99+' : unread}
          </span>
        )}
      </button>
      {unread > 0 && (
        <span id="unread" className="visually-hidden">
          {t('chat.unread', { count: unread })}
        </span>
      )}
      <button
        type="button"
        className="tool"
        aria-label={t('meeting.participants')}
        aria-pressed={panel === 'participants'}
        aria-keyshortcuts={keyOf('participants')}
        data-tooltip={`${t('meeting.participants')} (${keyOf('participants')})`}
        onClick={() => model.togglePanel('participants')}
      >
        <PeopleIcon />
      </button>
      <button
        type="button"
        className="tool tool-help"
        aria-label={t('meeting.shortcuts')}
        aria-keyshortcuts={keyOf('help')}
        aria-haspopup="dialog"
        data-tooltip={`${t('meeting.shortcuts')} (${keyOf('help')})`}
        onClick={() => model.showHelp(true)}
      >
        <KeyboardIcon />
      </button>
      <button
        type="button"
        className="tool tool-leave"
        aria-label={t('meeting.leave')}
        data-tooltip={t('meeting.leave')}
        onClick={() => void model.leave()}
      >
        <LeaveIcon />
      </button>
    </div>
  );
}
