/** Node warns once of the type stripper that reads local modules; nobody who runs a pipeline can do anything about it. */
export const quietTypeStripping = (): void => {
  const listeners = process.listeners('warning');
  process.removeAllListeners('warning');
  process.on('warning', (warning) => {
    if (warning.name === 'ExperimentalWarning' && warning.message.startsWith('stripTypeScriptTypes ')) return;
    for (const listener of listeners) listener.call(process, warning);
  });
};
