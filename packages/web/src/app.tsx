import { LocalMedia, join } from '@conclave/client';
import { useCallback, useEffect, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { consoleLog } from './browser/console-log.js';
import { browserStore } from './browser/storage.js';
import { MeetingView } from './meeting/meeting-view.js';
import { invitationToken } from './model/invitation.js';
import { MeetingModel } from './model/meeting-model.js';
import { roomOf, roomPath } from './model/room-name.js';
import type { ServiceConfig } from './model/service-config.js';
import { InvitationPage } from './pages/invitation-page.js';
import { StartPage } from './pages/start-page.js';
import { CardPage } from './ui/card-page.js';

const nameKey = 'conclave.display-name';
const store = browserStore();

/** Devices are only there on pages with a secure address. */
function getUserMedia() {
  const devices = (navigator as { readonly mediaDevices?: MediaDevices }).mediaDevices;
  return devices && ((constraints: MediaStreamConstraints) => devices.getUserMedia(constraints));
}

function createModel(room: string, config: ServiceConfig): MeetingModel {
  const local = new LocalMedia(getUserMedia());
  const createPeerConnection = () => new RTCPeerConnection({ bundlePolicy: 'max-bundle' });
  const { videoCodecs, ...service } = config;
  const media = { local, createPeerConnection, ...(videoCodecs && { videoCodecs }) };
  return new MeetingModel({
    room,
    local,
    join: (options) => join({ ...options, ...service, store, log: consoleLog, media }),
  });
}

function NotConfigured() {
  const { t } = useTranslation();
  return (
    <CardPage heading={t('error.configHeading')}>
      <p role="alert">{t('error.configText')}</p>
    </CardPage>
  );
}

function Start({ onGo }: { readonly onGo: (room: string, name: string) => void }) {
  const { t } = useTranslation();
  useEffect(() => {
    document.title = t('title.start');
  }, [t]);
  return <StartPage displayName={store.get(nameKey) ?? ''} onGo={onGo} />;
}

/** The page of an invitation, the start page, or the page of the room that the address names. */
export function App({ config }: { readonly config: ServiceConfig | undefined }) {
  const [token] = useState(() => invitationToken(window.location));
  return token === undefined ? <Meetings config={config} /> : <InvitationPage token={token} />;
}

function Meetings({ config }: { readonly config: ServiceConfig | undefined }) {
  const [room, setRoom] = useState(() => roomOf(window.location));
  const rename = useCallback((name: string) => store.set(nameKey, name), []);
  useEffect(() => {
    const onPopState = () => setRoom(roomOf(window.location));
    window.addEventListener('popstate', onPopState);
    return () => window.removeEventListener('popstate', onPopState);
  }, []);
  const model = useMemo(
    () => (room === undefined || !config ? undefined : createModel(room, config)),
    [room, config],
  );
  useEffect(() => () => void model?.dispose(), [model]);
  if (!config) return <NotConfigured />;
  if (!model) {
    return (
      <Start
        onGo={(next, name) => {
          rename(name);
          window.history.pushState(null, '', roomPath(next, window.location));
          setRoom(next);
        }}
      />
    );
  }
  return (
    <MeetingView key={model.room} model={model} displayName={store.get(nameKey) ?? ''} onNamed={rename} />
  );
}
