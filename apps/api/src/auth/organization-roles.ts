import { createAccessControl } from 'better-auth/plugins/access';
import { adminAc, defaultStatements, memberAc, ownerAc } from 'better-auth/plugins/organization/access';

export const organizationAccess = createAccessControl(defaultStatements);

/** What each role may do to the organization itself; what it may do inside is the permission table's business. */
export const ORGANIZATION_ROLES = {
  owner: ownerAc,
  admin: adminAc,
  developer: memberAc,
  operator: memberAc,
  approver: memberAc,
  viewer: memberAc,
};
