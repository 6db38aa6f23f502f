import { expect, it } from 'vitest';
import { splitTenant, tenantDomain, tenantOfSegment } from './tenants.js';

it.each([
  ['conference.acme.meet.example', { host: 'conference.meet.example', tenant: 'acme' }],
  ['conference.acme.localhost', { host: 'conference.localhost', tenant: 'acme' }],
  ['conference.localhost', undefined],
  ['localhost', undefined],
  ['conference..localhost', undefined],
])('in %s the tenant stands behind the first label', (domain, expected) => {
  expect(splitTenant(domain)).toEqual(expected);
  if (expected !== undefined) expect(tenantDomain(expected.host, expected.tenant)).toBe(domain);
});

it.each([
  ['Acme', 'acme'],
  ['a.b.example', 'a_b_example'],
  ['räte-7', 'räte-7'],
  ['.well-known', undefined],
  ['', undefined],
  ['-a', undefined],
  ['a-', undefined],
  ['a b', undefined],
  ['a@b', undefined],
  ['a/b', undefined],
  ['<script>', undefined],
  ["a'b", undefined],
  ['x'.repeat(64), undefined],
])('the segment %j of a web address means the tenant %j', (segment, tenant) => {
  expect(tenantOfSegment(segment)).toBe(tenant);
});
