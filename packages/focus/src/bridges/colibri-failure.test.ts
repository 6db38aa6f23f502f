import {
  type ColibriErrorReason,
  el,
  encodeColibriError,
  type StanzaCondition,
  stanzaError,
} from '@conclave/signaling';
import { describe, expect, it } from 'vitest';
import { judgeAllocation, judgeRelay, judgeUpdate } from './colibri-failure.js';

const error = (condition: StanzaCondition, reason?: ColibriErrorReason, endpoint?: string) => ({
  kind: 'error' as const,
  stanza: el('iq'),
  error: stanzaError(
    condition,
    undefined,
    ...(reason ? encodeColibriError({ reason, ...(endpoint !== undefined && { endpoint }) }) : []),
  ),
});

describe('a failed allocation', () => {
  it.each([
    ['no answer', { kind: 'timeout' as const }, 'non-operational', true],
    ['a lost connection', { kind: 'disconnected' as const }, 'unchanged', false],
    ['a bad request', error('bad-request'), 'unchanged', false],
    ['a forgotten conference', error('item-not-found', 'conference_not_found'), 'unchanged', true],
    ['an absent bridge', error('item-not-found'), 'unchanged', false],
    ['too many endpoints', error('resource-constraint'), 'unchanged', false],
    ['a conflict', error('conflict', 'conference_already_exists'), 'unchanged', true],
    ['a conflict without reason', error('conflict'), 'unchanged', true],
    ['graceful shutdown', error('service-unavailable', 'graceful_shutdown'), 'graceful-shutdown', true],
    ['no service', error('service-unavailable'), 'non-operational', true],
    ['an internal error', error('internal-server-error'), 'non-operational', true],
  ])('by %s', (_, failure, bridge, giveUpBridge) => {
    expect(judgeAllocation(failure)).toMatchObject({ bridge, giveUpBridge });
  });
});

describe('a failed update', () => {
  it.each([
    ['no answer', { kind: 'timeout' as const }, { lost: 'nothing' }],
    ['a lost connection', { kind: 'disconnected' as const }, { lost: 'nothing' }],
    [
      'a forgotten endpoint',
      error('item-not-found', 'unknown_endpoint', 'a'),
      { lost: 'endpoint', endpointId: 'a' },
    ],
    ['an endpoint without a name', error('item-not-found', 'unknown_endpoint'), { lost: 'session' }],
    ['a forgotten conference', error('item-not-found', 'conference_not_found'), { lost: 'session' }],
    ['an absent bridge', error('item-not-found'), { lost: 'session' }],
    ['an internal error', error('internal-server-error'), { lost: 'session' }],
    ['a transport that makes no sense', error('bad-request'), { lost: 'refused', endpointId: 'me' }],
    ['an SSRC in use', error('conflict'), { lost: 'refused', endpointId: 'me' }],
    ['too many sources', error('resource-constraint'), { lost: 'refused', endpointId: 'me' }],
  ])('by %s', (_, failure, verdict) => expect(judgeUpdate(failure, 'me')).toMatchObject(verdict));
});

describe('a failed request about a relay', () => {
  it('cuts two bridges off from each other, unless it is about the conference or a participant', () => {
    expect(judgeRelay({ kind: 'timeout' }, undefined)).toEqual({ lost: 'link', reason: 'no answer' });
    expect(judgeRelay({ kind: 'disconnected' }, undefined)).toEqual({ lost: 'nothing' });
    expect(judgeRelay(error('internal-server-error'), 'aaaa')).toEqual({
      lost: 'link',
      reason: 'internal-server-error',
    });
    expect(judgeRelay(error('bad-request'), undefined)).toMatchObject({ lost: 'link' });
    expect(judgeRelay(error('bad-request'), 'aaaa')).toMatchObject({ lost: 'refused', endpointId: 'aaaa' });
    expect(judgeRelay(error('item-not-found', 'conference_not_found'), 'aaaa')).toEqual({
      lost: 'session',
      reason: 'conference_not_found',
    });
  });
});
