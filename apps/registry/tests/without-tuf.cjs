/* oxlint-disable no-underscore-dangle -- the name that Node gives it */
// npm asks sigstore's TUF repository for the keys of a registry before it asks the registry. It knows none of ours, and says so
// with this error; here it says so without the network.
const Module = require('node:module');

const load = Module._load;
const notFound = async () => {
  throw Object.assign(new Error('no such target'), { code: 'TUF_FIND_TARGET_ERROR' });
};

Module._load = function loadWithoutTuf(request, ...rest) {
  if (request === '@sigstore/tuf') return { initTUF: async () => ({ getTarget: notFound }) };
  return load.call(this, request, ...rest);
};
