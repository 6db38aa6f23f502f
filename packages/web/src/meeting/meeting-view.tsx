import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { useObservable } from '../browser/use-observable.js';
import type { MeetingModel } from '../model/meeting-model.js';
import { screenOf, titleKey } from '../model/screen.js';
import { Connecting } from '../pages/connecting.js';
import { Ended } from '../pages/ended.js';
import { Password } from '../pages/password.js';
import { PreJoin } from '../pages/pre-join.js';
import { Waiting } from '../pages/waiting.js';
import { MeetingPage } from './meeting-page.js';

interface MeetingViewProps {
  readonly model: MeetingModel;
  readonly displayName: string;
  readonly onNamed: (displayName: string) => void;
}

/** The page of one room: the screen that the meeting's state calls for. */
export function MeetingView({ model, displayName, onNamed }: MeetingViewProps) {
  const { t } = useTranslation();
  const state = useObservable(model.state);
  const { conference: view, unread } = state;
  const { conference, room } = model;

  useEffect(() => {
    void model.openDevices();
    const leave = () => void model.leave();
    window.addEventListener('pagehide', leave);
    return () => window.removeEventListener('pagehide', leave);
  }, [model]);

  const title = t(`title.${titleKey(view, unread)}`, { room, count: unread });
  useEffect(() => {
    document.title = title;
  }, [title]);

  if (!view || !conference) {
    return (
      <PreJoin
        model={model}
        devices={state.devices}
        displayName={displayName}
        onJoin={(name) => {
          onNamed(name);
          model.join(name);
        }}
      />
    );
  }
  switch (screenOf(view.status)) {
    case 'waiting':
      return <Waiting conference={conference} state={view} room={room} />;
    case 'password':
      return (
        <Password
          conference={conference}
          room={room}
          wrong={view.status.kind === 'password-required' && view.status.wrong}
        />
      );
    case 'meeting':
      return <MeetingPage model={model} conference={conference} state={state} view={view} />;
    case 'ended':
      return <Ended status={view.status} room={room} onRejoin={() => void model.rejoin()} />;
    case 'connecting':
    case 'pre-join':
      return <Connecting room={room} onLeave={() => void model.leave()} />;
  }
}
