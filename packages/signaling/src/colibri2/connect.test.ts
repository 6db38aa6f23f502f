import { parse } from 'ltx';
import { describe, expect, it } from 'vitest';
import {
  type Connect,
  type ConferenceModify,
  decodeConferenceModify,
  encodeConferenceModify,
  SignalingError,
} from '../index.js';

describe('a connect', () => {
  const wire = (connect: string) =>
    parse(
      `<conference-modify xmlns='jitsi:colibri2' meeting-id='m1'><connects>${connect}</connects></conference-modify>`,
    );
  const URL = 'wss://transcriber.example/m1?lang=en';

  it('says what is opened, what it is told and what it gets', () => {
    const transcriber: Connect = {
      id: 'transcriber',
      create: true,
      url: URL,
      protocol: 'mediajson',
      type: 'transcriber',
      audio: true,
      headers: [{ name: 'Authorization', value: 'Bearer t' }],
      ping: { intervalMs: 10_000, timeoutMs: 3_000 },
      exports: ['a-a0'],
      requests: ['a-a0.fr'],
    };
    const request: ConferenceModify = { meetingId: 'm1', endpoints: [], connects: [transcriber] };
    expect(encodeConferenceModify(request).toString()).toBe(
      '<conference-modify xmlns="jitsi:colibri2" meeting-id="m1"><connects>' +
        `<connect id="transcriber" create="true" url="${URL}" protocol="mediajson" type="transcriber" audio="true">` +
        '<http-header name="Authorization" value="Bearer t"/><ping interval="10000" timeout="3000"/>' +
        '<exports><export name="a-a0"/></exports><requests><request name="a-a0.fr"/></requests>' +
        '</connect></connects></conference-modify>',
    );
  });

  it('is one of none when nothing is left of the list, which is not the same as no list', () => {
    expect(decodeConferenceModify(wire('')).connects).toEqual([]);
    expect(encodeConferenceModify({ meetingId: 'm1', endpoints: [], connects: [] }).toString()).toContain(
      '<connects/>',
    );
  });

  it('can not smuggle headers into headers', () => {
    const header = `<http-header name='X-A' value='a&#13;&#10;X-B: b'/>`;
    const [connect] = decodeConferenceModify(
      wire(`<connect id='t' url='${URL}' protocol='mediajson' type='transcriber'>${header}</connect>`),
    ).connects!;
    expect(connect!.headers).toEqual([{ name: 'X-A', value: 'aX-B: b' }]);
  });

  it.each([
    `<connect url='${URL}' protocol='mediajson' type='transcriber'/>`,
    `<connect id='t' protocol='mediajson' type='transcriber'/>`,
    `<connect id='t' url='https://transcriber.example' protocol='mediajson' type='transcriber'/>`,
    `<connect id='t' url='in valid' protocol='mediajson' type='transcriber'/>`,
    `<connect id='t' url='${URL}' type='transcriber'/>`,
    `<connect id='t' url='${URL}' protocol='mediajson' type='spy'/>`,
    `<connect id='t' url='${URL}' protocol='mediajson' type='recorder'><ping interval='0' timeout='1'/></connect>`,
    `<connect id='t' url='${URL}' protocol='mediajson' type='recorder'><http-header name='a b' value='c'/></connect>`,
  ])('is refused: %s', (connect) => {
    expect(() => decodeConferenceModify(wire(connect))).toThrow(SignalingError);
  });
});
