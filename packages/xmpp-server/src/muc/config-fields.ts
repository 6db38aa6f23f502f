/** The fields of the room configuration form (XEP-0045 s.16.5.3), and those that clients know from other servers. */
import {
  booleanField,
  choiceField,
  type ConfigField,
  limitField,
  numberField,
  parseBoolean,
  selectionField,
  textField,
} from './config-form.js';

const config = (name: string): string => `muc#roomconfig_${name}`;
const upTo = (length: number) => (value: string) => value.length <= length;
const isXmppUri = (value: string): boolean => /^(?:xmpp:\S{1,1024})?$/.test(value);

const roles = { moderator: 'Moderators', participant: 'Participants', visitor: 'Visitors' };
/** Numbers of occupants that are offered as a limit. */
const offeredLimits = [10, 20, 50, 100, 200, 500];

/** Says aloud what a non-empty secret implies; clients that lock a room send it beside the secret, so it is read after it. */
const passwordProtected: ConfigField = {
  var: config('passwordprotectedroom'),
  type: 'boolean',
  label: 'Password required to enter?',
  read: (room) => (room.config.password === '' ? '0' : '1'),
  write: (draft, value) => {
    const locked = parseBoolean(value);
    if (locked === false) draft.password = '';
    return locked === false || (locked === true && draft.password !== '');
  },
};

/** @param maxOccupants what the service allows */
export function standardFields(maxOccupants: number): readonly ConfigField[] {
  const limits = offeredLimits.filter((limit) => limit < maxOccupants);
  return [
    textField(config('roomname'), 'name', 'Name', upTo(256)),
    textField(config('roomdesc'), 'description', 'Description', upTo(1024)),
    textField(config('lang'), 'language', 'Language', upTo(35)),
    booleanField(config('publicroom'), 'public', 'List the room publicly?'),
    textField(config('roomsecret'), 'password', 'Password', upTo(1024)),
    passwordProtected,
    booleanField(config('membersonly'), 'membersOnly', 'Only members may enter?'),
    booleanField(config('allowinvites'), 'allowInvites', 'May others than admins invite?'),
    booleanField(
      '{http://prosody.im/protocol/muc}roomconfig_allowmemberinvites',
      'memberInvites',
      'May members admit others by inviting them?',
    ),
    booleanField(config('changesubject'), 'changeSubject', 'May participants change the subject?'),
    booleanField(config('moderatedroom'), 'moderated', 'Do newcomers need leave to speak?'),
    choiceField(config('whois'), 'whois', 'Who may see real addresses?', {
      moderators: 'Moderators only',
      anyone: 'Anyone',
    }),
    choiceField(config('allowpm'), 'allowPm', 'Who may send private messages?', {
      anyone: 'Anyone',
      participants: 'Participants',
      moderators: 'Moderators',
      none: 'Nobody',
    }),
    selectionField(config('presencebroadcast'), 'presenceBroadcast', 'Whose presence is shown?', roles),
    selectionField(config('getmemberlist'), 'memberListReaders', 'Who may read the list of members?', {
      ...roles,
      member: 'Members, where only members enter',
    }),
    {
      ...numberField(config('historylength'), 'historyLength', 'Messages kept for newcomers'),
      aliases: ['muc#maxhistoryfetch'],
    },
    numberField(
      config('defaulthistorymessages'),
      'defaultHistory',
      'Messages sent to newcomers who do not say how many they want',
    ),
    limitField(config('maxusers'), 'maxOccupants', 'Most occupants', limits),
    textField(config('pubsub'), 'pubsub', 'Associated publish-subscribe node', isXmppUri),
  ];
}
