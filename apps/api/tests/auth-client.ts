import type { TestApi } from '@ia-modules/api/testing';

/** Calls the sign-in API as a program does, or as the portal's page with a cookie. */
export const postAuth = (
  api: TestApi,
  path: string,
  body: object,
  { cookie }: { readonly cookie?: string } = {},
): Promise<Response> =>
  fetch(`${api.url}/auth${path}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(cookie !== undefined && { cookie, origin: api.portalOrigin }),
    },
    body: JSON.stringify(body),
  });

/** What a browser would send back: the cookies that an answer sets. */
export const cookiesOf = (response: Response): string =>
  response.headers
    .getSetCookie()
    .filter((line) => !/max-age=0/i.test(line))
    .map((line) => line.split(';', 1)[0])
    .join('; ');
