"""Two users of one server, made of slixmpp and its plugins, try what instant messaging is made of. Prints one JSON object:
for each feature what came of it, or the error.

Arguments: host port domain certificate password user other
"""

import asyncio
import hashlib
import json
import sys
from pathlib import Path

import slixmpp
from slixmpp import JID
from slixmpp.plugins.xep_0048 import Bookmarks

host, port, domain, certificate, password, user, other = sys.argv[1:]
PLUGINS = [30, 45, 49, 50, 54, 59, 60, 77, 84, 85, 92, 115, 163, 184, 191, 198, 199, 202, 223, 249, 280, 308, 313, 333, 334]
PLUGINS += [352, 359, 363, 424]
PATIENCE = 10
tests = []


def feature(test):
    """Tests run in the order in which they stand here."""
    tests.append(test)
    return test


class Client(slixmpp.ClientXMPP):
    """Bound, with its roster and its presence."""

    def __init__(self, name):
        super().__init__(f"{name}@{domain}", password)
        self.ca_certs = certificate
        for number in PLUGINS:
            self.register_plugin(f"xep_{number:04}")
        self.auto_authorize = None
        self.auto_subscribe = False

    def plug(self, number):
        return self.plugin[f"xep_{number:04}"]

    async def online(self):
        started = self.next("session_start")
        self.connect((host, int(port)), force_starttls=True)
        await started
        await self.get_roster()
        own = self.next("presence_available", lambda presence: presence["from"] == self.boundjid)
        self.send_presence()
        await own
        return self

    def next(self, event, is_meant=lambda _: True):
        """The next event of a kind that is meant."""
        future = asyncio.get_event_loop().create_future()

        def heard(data):
            if is_meant(data) and not future.done():
                future.set_result(data)
                self.del_event_handler(event, heard)

        self.add_event_handler(event, heard)
        return asyncio.wait_for(future, PATIENCE)

    def next_body(self, body):
        return self.next("message", lambda message: message["body"] == body)


@feature
async def encryption_and_binding(a, _):
    return {"tls": "starttls" in a.features, "mechanism": a.plugin["feature_mechanisms"].mech.name, "jid": a.boundjid.bare}


@feature
async def subscription(a, b):
    asked = b.next("presence_subscribe")
    a.send_presence_subscription(b.boundjid.bare)
    await asked
    seen = a.next("presence_available", lambda presence: presence["from"] == b.boundjid)
    b.send_presence_subscription(a.boundjid.bare, ptype="subscribed")
    await seen
    back = a.next("presence_subscribe")
    b.send_presence_subscription(a.boundjid.bare)
    await back
    granted = b.next("presence_available", lambda presence: presence["from"] == a.boundjid)
    a.send_presence_subscription(b.boundjid.bare, ptype="subscribed")
    await granted
    return a.client_roster[b.boundjid.bare]["subscription"]


@feature
async def disco_0030(a, _):
    info = await a.plug(30).get_info(jid=domain)
    items = await a.plug(30).get_items(jid=domain)
    return {
        "identities": sorted(f"{each[0]}/{each[1]}" for each in info["disco_info"]["identities"]),
        "rooms": f"conference.{domain}" in [each[0] for each in items["disco_items"]["items"]],
    }


@feature
async def caps_0115(a, b):
    a.plug(30).add_feature("urn:example:of-a")
    changed = b.next("presence_available", lambda presence: presence["from"] == a.boundjid)
    await a.plug(115).update_caps()
    await changed
    info = await b.plug(30).get_info(jid=a.boundjid)
    return "urn:example:of-a" in info["disco_info"]["features"]


@feature
async def rooms_0045(a, b):
    room = JID(f"plugins@conference.{domain}")
    await a.plug(45).join_muc_wait(room, "a", maxstanzas=0)
    await b.plug(45).join_muc_wait(room, "b", maxstanzas=0)
    said = b.next("groupchat_message", lambda message: message["body"] == "in the room")
    a.send_message(mto=room, mbody="in the room", mtype="groupchat")
    await said
    subject = b.next("groupchat_subject", lambda message: message["subject"] == "of the room")
    a.plug(45).set_subject(room, "of the room")
    await subject
    await a.plug(45).set_affiliation(room, jid=JID(b.boundjid.bare), affiliation="member")
    members = await a.plug(45).get_affiliation_list(room, "member")
    form = await a.plug(45).get_room_config(room)
    form["values"] = {"FORM_TYPE": "http://jabber.org/protocol/muc#roomconfig", "muc#roomconfig_roomname": "Plugins"}
    form["type"] = "submit"
    await a.plug(45).set_room_config(room, form)
    name = [each[3] for each in (await b.plug(30).get_info(jid=room))["disco_info"]["identities"]]
    gone = b.next(f"muc::{room}::self-presence", lambda presence: presence["type"] == "unavailable")
    await a.plug(45).destroy(room, reason="over")
    await gone
    return {"members": [JID(each).bare for each in members], "name": name}


@feature
async def private_xml_0049(a, _):
    marks = Bookmarks()
    marks.add_conference(f"attic@conference.{domain}", "a", autojoin=True, name="Attic")
    a.plug(49).register(Bookmarks)
    await a.plug(49).store(marks)
    kept = await a.plug(49).retrieve("bookmarks")
    return [each["name"] for each in kept["private"]["bookmarks"]["conferences"]]


@feature
async def commands_0050(a, _):
    items = await a.plug(50).get_commands(jid=JID(domain))
    return sorted(item[1].split("#")[-1] for item in items["disco_items"]["items"])


@feature
async def vcard_0054(a, b):
    card = a.plug(54).make_vcard()
    card["FN"] = "Juliet"
    await a.plug(54).publish_vcard(card)
    return (await b.plug(54).get_vcard(jid=JID(a.boundjid.bare), cached=False))["vcard_temp"]["FN"]


@feature
async def nodes_0060(a, b):
    await a.plug(60).create_node(JID(a.boundjid.bare), "urn:example:node")
    payload = slixmpp.ET.fromstring("<thing xmlns='urn:example:thing'/>")
    await a.plug(60).publish(JID(a.boundjid.bare), "urn:example:node", id="one", payload=payload)
    items = await b.plug(60).get_items(JID(a.boundjid.bare), "urn:example:node")
    names = [item["id"] for item in items["pubsub"]["items"]]
    await a.plug(60).retract(JID(a.boundjid.bare), "urn:example:node", "one", notify=True)
    await a.plug(60).delete_node(JID(a.boundjid.bare), "urn:example:node")
    return names


@feature
async def password_0077(a, _):
    await a.plug(77).change_password(password, jid=domain)
    return True


@feature
async def avatar_0084(a, b):
    b.plug(163).add_interest("urn:xmpp:avatar:metadata")
    told = b.next("avatar_metadata_publish", lambda message: message["from"].bare == a.boundjid.bare)
    await b.plug(115).update_caps()
    image = b"not really a picture"
    digest = hashlib.sha1(image).hexdigest()
    await a.plug(84).publish_avatar(image)
    await a.plug(84).publish_avatar_metadata([{"id": digest, "type": "image/png", "bytes": str(len(image))}])
    await told
    data = await b.plug(84).retrieve_avatar(JID(a.boundjid.bare), digest)
    return data["pubsub"]["items"]["item"]["avatar_data"]["value"].decode()


@feature
async def typing_0085(a, b):
    heard = b.next("chatstate_composing")
    message = a.make_message(mto=b.boundjid, mtype="chat")
    message["chat_state"] = "composing"
    message.send()
    return (await heard)["chat_state"]


@feature
async def version_0092(a, _):
    return (await a.plug(92).get_version(JID(domain)))["software_version"]["name"]


@feature
async def receipt_0184(a, b):
    receipt = a.next("receipt_received")
    message = a.make_message(mto=b.boundjid, mbody="received?", mtype="chat")
    message["request_receipt"] = True
    message.send()
    return (await receipt)["receipt"] == message["id"]


@feature
async def blocking_0191(a, b):
    await a.plug(191).block([b.boundjid.bare])
    blocked = [str(each) for each in (await a.plug(191).get_blocked())["blocklist"]["items"]]
    refused = b.next("message_error")
    b.send_message(mto=JID(a.boundjid.bare), mbody="hello?", mtype="chat")
    condition = (await refused)["error"]["condition"]
    await a.plug(191).unblock([b.boundjid.bare])
    return {"blocked": blocked, "condition": condition}


@feature
async def resumption_0198(a, b):
    if not a.plug(198).enabled_in:
        return "not enabled"
    address, resumed, heard = a.boundjid.full, a.next("session_resumed"), a.next_body("meanwhile")
    lost = a.next("disconnected")
    a.abort()
    await lost
    b.send_message(mto=JID(address), mbody="meanwhile", mtype="chat")
    await b.plug(199).ping(JID(domain))
    a.connect((host, int(port)), force_starttls=True)
    await resumed
    await heard
    return a.boundjid.full == address


@feature
async def ping_0199(a, _):
    return (await a.plug(199).ping(JID(domain))) < PATIENCE


@feature
async def time_0202(a, _):
    # slixmpp 1.8.3 itself takes times for those that end in no Z: as a text.
    time = (await a.plug(202).get_entity_time(JID(domain)))["entity_time"]
    return time.xml.findtext("{urn:xmpp:time}utc")[-1:]


@feature
async def carbons_0280(a, b):
    await a.plug(280).enable()
    desk = await Client(user).online()
    try:
        heard = a.next("carbon_sent")
        desk.send_message(mto=b.boundjid, mbody="from the desk", mtype="chat")
        return (await heard)["carbon_sent"]["body"]
    finally:
        await desk.disconnect()


@feature
async def archive_0313(a, b):
    await a.make_iq_set(sub=slixmpp.ET.fromstring("<prefs xmlns='urn:xmpp:mam:2' default='always'/>")).send()
    for body in ("one", "two", "three"):
        heard = b.next_body(body)
        a.send_message(mto=b.boundjid, mbody=body, mtype="chat")
        await heard
    bodies = []
    async for each in a.plug(313).iterate(with_jid=JID(b.boundjid.bare), total=3):
        bodies.append(each["mam_result"]["forwarded"]["stanza"]["body"])
    return bodies


@feature
async def marker_0333(a, b):
    heard = a.next("marker_displayed")
    b.plug(333).send_marker(a.boundjid, "an-id", "displayed")
    return (await heard)["displayed"]["id"]


@feature
async def client_state_0352(a, b):
    a.plug(352).send_inactive()
    a.send_raw("<presence/>")
    heard = a.next_body("wake up")
    b.send_message(mto=a.boundjid, mbody="wake up", mtype="chat")
    await heard
    a.plug(352).send_active()
    return True


@feature
async def upload_0363(a, _):
    slot = await a.plug(363).request_slot(JID(f"upload.{domain}"), Path("notes.txt"), 5, "text/plain")
    return slot["http_upload_slot"]["put"]["url"].split("/")[-1]


@feature
async def nonsense(a, _):
    """What nobody knows is answered by an error that slixmpp understands."""
    iq = a.make_iq_get(queryxmlns="urn:example:nonsense", ito=domain)
    try:
        await iq.send()
        return "answered"
    except slixmpp.exceptions.IqError as error:
        return error.iq["error"]["condition"]


async def main():
    a, b = await Client(user).online(), await Client(other).online()
    results = {}
    for test in tests:
        try:
            results[test.__name__] = await asyncio.wait_for(test(a, b), 3 * PATIENCE)
        except Exception as error:  # all that goes wrong is a result
            results[test.__name__] = f"{type(error).__name__}: {error}"
    for each in (a, b):
        await each.disconnect()
    print(json.dumps(results))


asyncio.get_event_loop().run_until_complete(main())
