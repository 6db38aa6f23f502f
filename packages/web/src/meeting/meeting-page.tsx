import { type Conference, type ConferenceState, isMuted, trackOf } from '@conclave/client';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import type { MeetingModel, MeetingState } from '../model/meeting-model.js';
import { shortcutOf } from '../model/shortcuts.js';
import { ChatPanel } from './chat-panel.js';
import { MeetingHeader } from './meeting-header.js';
import { ParticipantsPanel } from './participants-panel.js';
import { ShortcutHelp } from './shortcut-help.js';
import { Sound } from './sound.js';
import type { TileProps } from './tile.js';
import { Toolbar } from './toolbar.js';
import { VideoGrid } from './video-grid.js';

interface MeetingPageProps {
  readonly model: MeetingModel;
  readonly conference: Conference;
  readonly state: MeetingState;
  readonly view: ConferenceState;
}

const takesText = (target: EventTarget | null): boolean =>
  target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement;

/** The meeting itself. */
export function MeetingPage({ model, conference, state, view }: MeetingPageProps) {
  const { t } = useTranslation();
  const { devices, panel, announcement } = state;
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      const { key, ctrlKey, altKey, metaKey, repeat } = event;
      const action = shortcutOf({ key, ctrlKey, altKey, metaKey, repeat, typing: takesText(event.target) });
      if (!action) return;
      event.preventDefault();
      model.act(action);
    };
    window.addEventListener('keydown', onKeyDown);
    return () => window.removeEventListener('keydown', onKeyDown);
  }, [model]);

  const { self, participants, dominantSpeaker, visit, visitors, promotionRequests } = view;
  const unnamed = t('meeting.unnamed');
  const ownName = self.displayName || unnamed;
  const others = participants.map(({ id, displayName, role, audioMuted, videoMuted, tracks }): TileProps => ({
    id,
    name: displayName || unnamed,
    displayName: displayName || unnamed,
    role,
    audioMuted,
    video: videoMuted ? undefined : tracks.find(({ media }) => media === 'video')?.track,
    speaking: !audioMuted && id === dominantSpeaker,
  }));
  const own: TileProps = {
    id: self.id,
    name: t('meeting.you', { name: ownName }),
    displayName: ownName,
    role: self.role,
    audioMuted: isMuted(devices.microphone),
    video: devices.camera.kind === 'on' ? trackOf(devices.camera) : undefined,
    mirrored: true,
    speaking: false,
  };
  const tiles = visit ? others : [...others, own];

  const banner =
    view.status.kind === 'reconnecting'
      ? t('meeting.reconnecting')
      : view.media === 'failed'
        ? t('meeting.mediaFailed')
        : view.media === 'interrupted'
          ? t('meeting.mediaInterrupted')
          : view.media === 'connecting'
            ? t('meeting.mediaConnecting')
            : undefined;
  const visitNotices = {
    down: t('visitors.lookingOn'),
    raised: t('visitors.asked'),
    denied: t('visitors.denied'),
  } as const;
  const notice = visit
    ? visitNotices[visit.hand]
    : promotionRequests.length > 0
      ? t('visitors.asking', { count: promotionRequests.length })
      : undefined;
  const announced = announcement && { name: announcement.name || unnamed };

  return (
    <div className={panel === 'none' ? 'meeting' : 'meeting meeting-with-panel'}>
      <MeetingHeader room={model.room} people={tiles.length} visitors={visitors} locked={view.locked} />
      <main className="stage">
        <div role="status">{banner && <p className="banner">{banner}</p>}</div>
        <div role="status">{notice && <p className="banner">{notice}</p>}</div>
        <VideoGrid tiles={tiles} />
        {participants.length === 0 && !visit && (
          <div className="alone">
            <p>{t('meeting.alone')}</p>
            <p>{t('meeting.aloneHint')}</p>
          </div>
        )}
        <Sound tracks={participants.flatMap(({ tracks }) => tracks)} />
      </main>
      {panel === 'chat' && (
        <ChatPanel
          messages={view.messages}
          onSend={(text) => conference.sendMessage(text)}
          onClose={() => model.togglePanel('chat')}
        />
      )}
      {panel === 'participants' && (
        <ParticipantsPanel
          conference={conference}
          state={view}
          devices={devices}
          hasVisitors={state.hasVisitors}
          onClose={() => model.togglePanel('participants')}
        />
      )}
      <footer className="meeting-footer">
        <Toolbar model={model} state={state} />
      </footer>
      {state.helpOpen && <ShortcutHelp onClose={() => model.showHelp(false)} />}
      <p className="visually-hidden" role="status">
        {announced &&
          (announcement.kind === 'joined' ? t('meeting.joined', announced) : t('meeting.left', announced))}
      </p>
      {!visit && (
        <>
          <p className="visually-hidden" role="status">
            {isMuted(devices.microphone) ? t('meeting.muted') : t('meeting.unmuted')}
          </p>
          <p className="visually-hidden" role="status">
            {isMuted(devices.camera) ? t('meeting.cameraStopped') : t('meeting.cameraStarted')}
          </p>
        </>
      )}
    </div>
  );
}
