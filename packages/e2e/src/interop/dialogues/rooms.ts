/** Rooms (XEP-0045): entering, speaking, renaming, ruling, and ending them. */
import type { Dialogue } from '../stage.js';

const room = 'cell@conference.verona.lit';
const muc = 'http://jabber.org/protocol/muc';
const join = (nick: string, inner = ''): string =>
  `<presence to='${room}/${nick}' id='join'><x xmlns='${muc}'>${inner}</x></presence>`;
const leave = (nick: string): string =>
  `<presence type='unavailable' to='${room}/${nick}'><status>adieu</status></presence>`;
const say = (id: string, inner: string, type = 'groupchat', nick = ''): string =>
  `<message type='${type}' id='${id}' to='${room}${nick}'>${inner}</message>`;
const iq = (type: string, id: string, inner: string, nick = ''): string =>
  `<iq type='${type}' id='${id}' to='${room}${nick}'>${inner}</iq>`;
const admin = (type: string, id: string, item: string): string =>
  iq(type, id, `<query xmlns='${muc}#admin'>${item}</query>`);
const owner = (type: string, id: string, inner: string): string =>
  iq(type, id, `<query xmlns='${muc}#owner'>${inner}</query>`);
const form = (fields: Readonly<Record<string, string>>): string => {
  const all = Object.entries({ FORM_TYPE: `${muc}#roomconfig`, ...fields });
  const xml = all.map(([name, value]) => `<field var='${name}'><value>${value}</value></field>`);
  return `<x xmlns='jabber:x:data' type='submit'>${xml.join('')}</x>`;
};
const body = '<body>hist</body>';

export const rooms: readonly Dialogue[] = [
  {
    title: 'a room and its occupants',
    async play(stage) {
      const romeo = await stage.enter('romeo', 'orchard');
      const juliet = await stage.enter('juliet', 'balcony');
      const tybalt = await stage.enter('tybalt', 'street');
      await romeo.sends(
        'without a nickname',
        `<presence to='${room}' id='nn'><x xmlns='${muc}'/></presence>`,
      );
      await romeo.sends('he enters', join('romeo'));
      await romeo.sends('he speaks', say('m1', body));
      await juliet.sends('she enters', join('juliet'));
      await tybalt.sends('a taken nickname', join('juliet'));
      await tybalt.sends('a word from outside', say('m2', body));
      await tybalt.sends('a whisper from outside', say('m3', body, 'chat', '/juliet'));
      await juliet.sends('she whispers', say('m4', body, 'chat', '/romeo'));
      await juliet.sends('she whispers to nobody', say('m5', body, 'chat', '/nobody'));
      await juliet.sends('she calls to one', say('m6', body, 'groupchat', '/romeo'));
      await juliet.sends('she sets the subject', say('m7', '<subject>love</subject>'));
      await romeo.sends('he sets the subject', say('m8', '<subject>love</subject>'));
      await juliet.sends('she is renamed', `<presence to='${room}/jule'/>`);
      await juliet.sends('she takes his name', `<presence to='${room}/romeo' id='n1'/>`);
      await juliet.sends('she is away', `<presence to='${room}/jule'><show>away</show></presence>`);
      await juliet.sends('she pings herself', iq('get', 'p1', "<ping xmlns='urn:xmpp:ping'/>", '/jule'));
      await tybalt.sends('he pings from outside', iq('get', 'p2', "<ping xmlns='urn:xmpp:ping'/>", '/jule'));
      await juliet.sends('she enters again', join('jule'));
      await juliet.sends('she leaves', leave('jule'));
      await juliet.sends('she is not there', say('m9', body));
      await tybalt.sends('he enters and sees history', join('tybalt'));
      await tybalt.leaves('he vanishes');
      await romeo.sends('he leaves', leave('romeo'));
    },
  },
  {
    title: 'the rulers of a room',
    async play(stage) {
      const romeo = await stage.enter('romeo', 'orchard');
      const juliet = await stage.enter('juliet', 'balcony');
      const tybalt = await stage.enter('tybalt', 'street');
      await romeo.sends('he enters', join('romeo'));
      await juliet.sends('she enters', join('juliet', "<history maxstanzas='0'/>"));
      await tybalt.sends('tybalt enters', join('tybalt', "<history maxstanzas='0'/>"));
      await tybalt.sends('a kick by whom may not', admin('set', 'a1', "<item nick='juliet' role='none'/>"));
      await tybalt.sends(
        'a ban by whom may not',
        admin('set', 'a2', "<item jid='juliet@verona.lit' affiliation='outcast'/>"),
      );
      await tybalt.sends('a list for whom it is not', admin('get', 'a3', "<item affiliation='outcast'/>"));
      await tybalt.sends('a form for whom it is not', owner('get', 'a4', ''));
      await tybalt.sends('a destruction by whom may not', owner('set', 'a5', '<destroy/>'));
      await romeo.sends('voice is taken', admin('set', 'a6', "<item nick='juliet' role='visitor'/>"));
      await romeo.sends('a moderator is made', admin('set', 'a7', "<item nick='juliet' role='moderator'/>"));
      await juliet.sends(
        'a moderator kicks the owner',
        admin('set', 'a8', "<item nick='romeo' role='none'/>"),
      );
      await juliet.sends(
        'a kick',
        admin('set', 'a9', "<item nick='tybalt' role='none'><reason>fie</reason></item>"),
      );
      await romeo.sends('a kick of nobody', admin('set', 'a10', "<item nick='nobody' role='none'/>"));
      await tybalt.sends('the kicked comes back', join('tybalt', "<history maxstanzas='0'/>"));
      await romeo.sends(
        'a ban',
        admin(
          'set',
          'a11',
          "<item jid='tybalt@verona.lit' affiliation='outcast'><reason>fie</reason></item>",
        ),
      );
      await tybalt.sends('the banned comes back', join('tybalt'));
      await romeo.sends('the banned', admin('get', 'a12', "<item affiliation='outcast'/>"));
      await romeo.sends(
        'a pardon',
        admin('set', 'a13', "<item jid='tybalt@verona.lit' affiliation='none'/>"),
      );
      await romeo.sends(
        'an admin is made',
        admin('set', 'a14', "<item jid='juliet@verona.lit' affiliation='admin'/>"),
      );
      await juliet.sends(
        'an admin makes an owner',
        admin('set', 'a15', "<item jid='juliet@verona.lit' affiliation='owner'/>"),
      );
      await romeo.sends(
        'the last owner resigns',
        admin('set', 'a16', "<item jid='romeo@verona.lit' affiliation='none'/>"),
      );
      await romeo.sends('neither role nor affiliation', admin('set', 'a17', "<item nick='juliet'/>"));
      await romeo.sends(
        'an affiliation that is none',
        admin('set', 'a18', "<item jid='juliet@verona.lit' affiliation='love'/>"),
      );
    },
  },
  {
    title: 'the form of a room',
    async play(stage) {
      const romeo = await stage.enter('romeo', 'orchard');
      const juliet = await stage.enter('juliet', 'balcony');
      await romeo.sends('he enters', join('romeo'));
      await juliet.sends('she enters', join('juliet'));
      await romeo.sends(
        'a password',
        owner(
          'set',
          'f1',
          form({ 'muc#roomconfig_roomsecret': 'rose', 'muc#roomconfig_passwordprotectedroom': '1' }),
        ),
      );
      await juliet.sends('she leaves', leave('juliet'));
      await juliet.sends('she has no password', join('juliet'));
      await juliet.sends('she has a wrong password', join('juliet', '<password>thorn</password>'));
      await juliet.sends('she has the password', join('juliet', '<password>rose</password>'));
      await romeo.sends(
        'no password',
        owner(
          'set',
          'f2',
          form({ 'muc#roomconfig_roomsecret': '', 'muc#roomconfig_passwordprotectedroom': '0' }),
        ),
      );
      await romeo.sends(
        'real addresses are hidden',
        owner('set', 'f3', form({ 'muc#roomconfig_whois': 'moderators' })),
      );
      await romeo.sends(
        'a subject for all',
        owner('set', 'f4', form({ 'muc#roomconfig_changesubject': '1' })),
      );
      await juliet.sends('she sets the subject', say('f5', '<subject>roses</subject>'));
      await romeo.sends('members only', owner('set', 'f6', form({ 'muc#roomconfig_membersonly': '1' })));
      await juliet.sends('she is no member', join('juliet'));
      await romeo.sends(
        'a member',
        admin('set', 'f7', "<item jid='juliet@verona.lit' affiliation='member'/>"),
      );
      await juliet.sends('she is a member', join('juliet'));
      await romeo.sends(
        'no member',
        admin('set', 'f8', "<item jid='juliet@verona.lit' affiliation='none'/>"),
      );
      await romeo.sends(
        'another form',
        owner(
          'set',
          'f9',
          "<x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE'><value>love</value></field></x>",
        ),
      );
      await romeo.sends('a form given up', owner('set', 'f10', "<x xmlns='jabber:x:data' type='cancel'/>"));
      await romeo.sends(
        'destroyed',
        owner('set', 'f11', "<destroy jid='tomb@conference.verona.lit'><reason>sleep</reason></destroy>"),
      );
    },
  },
  {
    title: 'lists and invitations',
    async play(stage) {
      const romeo = await stage.enter('romeo', 'orchard');
      const juliet = await stage.enter('juliet', 'balcony');
      const tybalt = await stage.enter('tybalt', 'street');
      const list = (type: string, id: string): string => admin('get', id, `<item ${type}/>`);
      await romeo.sends('he enters', join('romeo'));
      await juliet.sends('she enters', join('juliet', "<history maxstanzas='0'/>"));
      await romeo.sends('no list', admin('get', 'l0', ''));
      await romeo.sends('a list of two kinds', list("affiliation='member' role='visitor'", 'l1'));
      await romeo.sends('the owners', list("affiliation='owner'", 'l2'));
      await romeo.sends('no members yet', list("affiliation='member'", 'l3'));
      await romeo.sends('the moderators', list("role='moderator'", 'l4'));
      await romeo.sends('the participants', list("role='participant'", 'l5'));
      await romeo.sends(
        'she is a member',
        admin('set', 'l6', "<item jid='juliet@verona.lit' affiliation='member'/>"),
      );
      await romeo.sends('the members', list("affiliation='member'", 'l7'));
      await juliet.sends('a list for no member', list("affiliation='member'", 'l8'));
      await juliet.sends('moderators for no moderator', list("role='moderator'", 'l9'));
      await tybalt.sends('a list for a stranger', list("affiliation='owner'", 'l10'));
      await romeo.sends(
        'a full address',
        admin('set', 'l11', "<item jid='juliet@verona.lit/balcony' affiliation='none'/>"),
      );
      await romeo.sends('an unknown role', admin('set', 'l12', "<item nick='juliet' role='love'/>"));
      await romeo.sends(
        'a role and an affiliation',
        admin('set', 'l13', "<item nick='juliet' role='visitor' affiliation='none'/>"),
      );
      const invite = (to: string): string =>
        `<x xmlns='${muc}#user'><invite to='${to}'><reason>come</reason></invite></x>`;
      await juliet.sends('an invitation', say('l14', invite('tybalt@verona.lit'), 'normal'));
      await tybalt.sends(
        'a refusal',
        say(
          'l15',
          `<x xmlns='${muc}#user'><decline to='juliet@verona.lit'><reason>no</reason></decline></x>`,
          'normal',
        ),
      );
      await tybalt.sends('an invitation from outside', say('l16', invite('romeo@verona.lit'), 'normal'));
      await juliet.sends('an invitation to nowhere', say('l17', invite('@'), 'normal'));
      await romeo.sends('members only', owner('set', 'l18', form({ 'muc#roomconfig_membersonly': '1' })));
      await juliet.sends('a member may not invite', say('l19', invite('tybalt@verona.lit'), 'normal'));
      await romeo.sends('the owner invites', say('l20', invite('tybalt@verona.lit'), 'normal'));
      await tybalt.sends('the invited enters', join('tybalt'));
    },
  },
  {
    title: 'voice and nicknames',
    async play(stage) {
      const romeo = await stage.enter('romeo', 'orchard');
      const juliet = await stage.enter('juliet', 'balcony');
      const request = (fields: Readonly<Record<string, string>>): string => {
        const all = Object.entries({ FORM_TYPE: `${muc}#request`, ...fields });
        const xml = all.map(([name, value]) => `<field var='${name}'><value>${value}</value></field>`);
        return `<x xmlns='jabber:x:data' type='submit'>${xml.join('')}</x>`;
      };
      const register = (id: string, nick: string): string =>
        iq(
          'set',
          id,
          `<query xmlns='jabber:iq:register'><x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE'><value>${muc}#register</value></field><field var='muc#register_roomnick'><value>${nick}</value></field></x></query>`,
        );
      await romeo.sends('he enters', join('romeo'));
      await romeo.sends(
        'a moderated room',
        owner('set', 'v1', form({ 'muc#roomconfig_moderatedroom': '1' })),
      );
      await juliet.sends('she enters as a visitor', join('juliet'));
      await juliet.sends('a visitor speaks', say('v2', body));
      await juliet.sends('she asks for voice', say('v3', request({ 'muc#role': 'participant' }), 'normal'));
      await romeo.sends(
        'voice is granted',
        say(
          'v4',
          request({
            'muc#role': 'participant',
            'muc#jid': 'juliet@verona.lit/balcony',
            'muc#roomnick': 'juliet',
            'muc#request_allow': 'true',
          }),
          'normal',
        ),
      );
      await juliet.sends('she speaks', say('v5', body));
      await romeo.sends('no whispers', owner('set', 'v6', form({ 'muc#roomconfig_allowpm': 'moderators' })));
      await juliet.sends(
        'registration for no member',
        iq('get', 'v7', "<query xmlns='jabber:iq:register'/>"),
      );
      await juliet.sends('no member registers', register('v8', 'jule'));
      await romeo.sends(
        'she is a member',
        admin('set', 'v9', "<item jid='juliet@verona.lit' affiliation='member'/>"),
      );
      await juliet.sends('a member registers', register('v10', 'jule'));
      await juliet.sends('she is registered', iq('get', 'v11', "<query xmlns='jabber:iq:register'/>"));
      await juliet.sends(
        'her nickname is kept',
        iq('get', 'v12', "<query xmlns='http://jabber.org/protocol/disco#info' node='x-roomuser-item'/>"),
      );
      await romeo.sends('a nickname of hers', `<presence to='${room}/jule' id='v13'/>`);
      await juliet.sends('no form', iq('set', 'v14', "<query xmlns='jabber:iq:register'/>"));
      await juliet.sends(
        'she unregisters',
        iq('set', 'v15', "<query xmlns='jabber:iq:register'><remove/></query>"),
      );
      await juliet.sends('another’s vCard', iq('get', 'v16', "<vCard xmlns='vcard-temp'/>", '/romeo'));
    },
  },
  {
    title: 'the end of a room',
    async play(stage) {
      const romeo = await stage.enter('romeo', 'orchard');
      const juliet = await stage.enter('juliet', 'balcony');
      await romeo.sends('he enters', join('romeo'));
      await juliet.sends('she enters', join('juliet'));
      await romeo.sends(
        'a form',
        owner('set', 'e1', form({ 'muc#roomconfig_roomname': 'Cell', 'muc#roomconfig_lang': 'it' })),
      );
      await romeo.sends(
        'the same form again',
        owner('set', 'e2', form({ 'muc#roomconfig_roomname': 'Cell' })),
      );
      await romeo.sends('nothing in it', owner('set', 'e3', "<x xmlns='jabber:x:data' type='submit'/>"));
      await romeo.sends('no form', owner('set', 'e4', ''));
      await romeo.sends('a value that is none', owner('set', 'e5', form({ 'muc#roomconfig_whois': 'love' })));
      await romeo.sends(
        'a persistent room',
        owner('set', 'e6', form({ 'muc#roomconfig_persistentroom': '1' })),
      );
      await juliet.sends(
        'an avatar by whom may not',
        iq('set', 'e7', "<vCard xmlns='vcard-temp'><NICKNAME>x</NICKNAME></vCard>"),
      );
      await juliet.sends('a destruction by whom may not', owner('set', 'e8', '<destroy/>'));
      await romeo.sends(
        'destroyed',
        owner(
          'set',
          'e9',
          "<destroy jid='tomb@conference.verona.lit'><reason>sleep</reason><password>p</password></destroy>",
        ),
      );
      await juliet.sends('a word to nothing', say('e10', body));
      await juliet.sends(
        'a question to nothing',
        iq('get', 'e11', "<query xmlns='http://jabber.org/protocol/disco#info'/>"),
      );
    },
  },
];
