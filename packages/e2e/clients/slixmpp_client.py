"""A plain XMPP client made of slixmpp, over TCP with STARTTLS: logs in (SCRAM, or ANONYMOUS without a user), enters a
room, greets its peer and waits to be greeted. Prints one JSON object a line; ends with 0 when all was done.

Arguments: host port domain room nick peer certificate [user password mechanism]
"""

import json
import sys

import slixmpp
from slixmpp.xmlstream.handler import Callback
from slixmpp.xmlstream.matcher import MatchXPath


def show(event, **more):
    print(json.dumps({"event": event, **more}), flush=True)


class PlainClient(slixmpp.ClientXMPP):
    def __init__(self, domain, room, nick, peer, certificate, user=None, password=None, mechanism="ANONYMOUS"):
        super().__init__(
            f"{user}@{domain}" if user else domain,
            password,
            plugin_config={"feature_mechanisms": {"use_mech": mechanism}},
        )
        self.room, self.nick, self.peer = room, nick, peer
        self.greeted = False
        self.status = 1
        self.ca_certs = certificate
        self.register_plugin("xep_0045")
        self.add_event_handler("session_start", self.on_start)
        # It has no media, and is to be offered none.
        offer = MatchXPath("{jabber:client}iq/{urn:xmpp:jingle:1}jingle")
        self.register_handler(Callback("offer", offer, lambda _: show("offered media")))
        self.add_event_handler("groupchat_presence", self.on_presence)
        self.add_event_handler("groupchat_message", self.on_message)
        self.add_event_handler("failed_auth", lambda _: self.fail("failed_auth"))
        self.add_event_handler("connection_failed", lambda why: self.fail(str(why)))
        self.add_event_handler("ssl_invalid_chain", lambda why: self.fail(str(why)))

    def fail(self, text):
        show("error", text=text)
        self.disconnect()

    def greet(self):
        if not self.greeted:
            self.greeted = True
            self.send_message(mto=self.room, mbody=f"hello from {self.nick}", mtype="groupchat")

    async def on_start(self, _):
        show("online", jid=str(self.boundjid), secure="starttls" in self.features)
        try:
            await self.plugin["xep_0045"].join_muc_wait(slixmpp.JID(self.room), self.nick, maxstanzas=0)
            show("joined")
        except slixmpp.exceptions.PresenceError as refusal:
            self.fail(str(refusal))

    def on_presence(self, presence):
        if presence["type"] != "unavailable":
            show("sees", who=presence["from"].resource)
        if presence["type"] != "unavailable" and presence["from"].resource == self.peer:
            self.greet()

    def on_message(self, message):
        if message["from"].resource == self.peer and message["body"] == f"hello from {self.peer}":
            show("greeted")
            self.greet()
            self.status = 0
            self.disconnect(wait=1.0)


host, port, domain, room, nick, peer, certificate, *credentials = sys.argv[1:]
xmpp = PlainClient(domain, room, nick, peer, certificate, *credentials)
xmpp.connect((host, int(port)), force_starttls=True)
xmpp.loop.run_until_complete(xmpp.disconnected)
sys.exit(xmpp.status)
