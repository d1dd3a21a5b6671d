/** Where knex looks whether a connection may be given out again. */
const DISPOSED = '__knex__disposed';

export const dispose = (connection: object, reason: unknown): void => {
  Object.assign(connection, { [DISPOSED]: reason });
};
