/**
 * Lets modules of the XMPP server that lie outside of this directory import what they are written with: Conclave's packages
 * and zod are looked for here when they are not found where the module is (a hook for `register` of node:module).
 */
const ours = /^(@conclave\/[a-z-]+|zod)$/;

export async function resolve(specifier, context, next) {
  try {
    return await next(specifier, context);
  } catch (error) {
    if (!ours.test(specifier)) throw error;
    return next(specifier, { ...context, parentURL: import.meta.url });
  }
}
