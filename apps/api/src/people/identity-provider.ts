import {
  computeDiscoveryUrl,
  DiscoveryError,
  fetchDiscoveryDocument,
  normalizeUrl,
  selectTokenEndpointAuthMethod,
  validateDiscoveryDocument,
} from '@better-auth/sso';
import { PlatformError } from '@ia-modules/plugin-sdk';
import type { SignInConfig } from '../config.ts';

const DISCOVERY_TIMEOUT_MS = 8_000;
const MAX_URL_LENGTH = 500;

export type IssuerEndpoints = Readonly<{
  discoveryEndpoint: string;
  authorizationEndpoint: string;
  tokenEndpoint: string;
  jwksEndpoint: string;
  userInfoEndpoint: string | undefined;
  tokenEndpointAuthentication: string;
}>;

const refuse = (message: string, cause?: unknown): PlatformError =>
  new PlatformError({
    code: 'IA_API_INVALID',
    message,
    hint: 'The issuer is the https address under which the provider publishes /.well-known/openid-configuration.',
    cause,
  });

/** What the provider says of itself. Private addresses are refused, before and after their names are resolved. */
export const readIssuer = async (
  issuer: string,
  { privateIssuers }: SignInConfig,
): Promise<{ readonly issuer: string; readonly endpoints: IssuerEndpoints }> => {
  const isAllowedAnyway = (url: string): boolean => URL.canParse(url) && privateIssuers.has(new URL(url).origin);
  const isSecure = (url: string): boolean => URL.canParse(url) && new URL(url).protocol === 'https:';
  if (issuer.length > MAX_URL_LENGTH || !(isSecure(issuer) || isAllowedAnyway(issuer))) {
    throw refuse('The issuer is no https address.');
  }
  const discoveryEndpoint = computeDiscoveryUrl(issuer);
  try {
    const document = await fetchDiscoveryDocument(discoveryEndpoint, DISCOVERY_TIMEOUT_MS, isAllowedAnyway);
    validateDiscoveryDocument(document, issuer);
    const urlOf = (name: string, url: string): string => {
      const whole = normalizeUrl(name, url, issuer);
      if (isSecure(whole) || isAllowedAnyway(whole)) return whole;
      throw refuse(`The provider's ${name} is no https address.`);
    };
    const { userinfo_endpoint: userInfo } = document;
    return {
      // As the provider writes it: that is what its tokens say.
      issuer: document.issuer,
      endpoints: {
        discoveryEndpoint,
        authorizationEndpoint: urlOf('authorization_endpoint', document.authorization_endpoint),
        tokenEndpoint: urlOf('token_endpoint', document.token_endpoint),
        jwksEndpoint: urlOf('jwks_uri', document.jwks_uri),
        userInfoEndpoint: userInfo === undefined ? undefined : urlOf('userinfo_endpoint', userInfo),
        tokenEndpointAuthentication: selectTokenEndpointAuthMethod(document),
      },
    };
  } catch (error) {
    if (!(error instanceof DiscoveryError)) throw error;
    const isPrivate = error.code === 'discovery_private_host';
    throw refuse(
      isPrivate ? 'The issuer has a private address.' : 'The issuer could not be asked about itself.',
      error,
    );
  }
};
