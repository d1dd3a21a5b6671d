import { decidePublish } from '../access/access.ts';
import { actorOf } from './actor.ts';
import { isJsonObject } from '../gate/bounded-json.ts';
import type { TokenPrincipal } from '../access/caller.ts';
import type { Catalogue, PublishIntent } from './catalogue.ts';
import type { Sender } from '../http/sender.ts';
import { readDeprecations } from './deprecation.ts';
import type { NoticeSync } from './notice-sync.ts';
import type { NoticeChange, Notices } from './notices.ts';
import type { PackageLock } from '../storage/package-lock.ts';
import { type PackageName, parsePackageName } from '../access/package-name.ts';
import type { PackageStore, StoredPackage } from '../storage/package-store.ts';
import type { Checked } from '../problem.ts';
import type { AcceptedVersion, PublishGate } from '../gate/publish-gate.ts';
import { isValidTag, parsePublishRequest } from '../gate/publish-request.ts';
import { requireMeantAccess } from '../gate/meant-access.ts';
import { settleIntent } from '../storage/reconcile.ts';
import { registryError, takenDown } from '../registry-error.ts';
import type { Standing } from './standing.ts';

export type PublisherOptions = Readonly<{
  catalogue: Catalogue;
  store: PackageStore;
  gate: PublishGate;
  withPackageLock: PackageLock;
  /** Told when a stored version could not be written into the catalogue yet: call `settlePending` later. */
  onUnsettled: (error: unknown) => void;
  notices: Notices;
  noticeSync: Pick<NoticeSync, 'carryNow'>;
  standing: Pick<Standing, 'present' | 'takedownOf'>;
}>;

/** Who was let in, and from where they ask. */
type Author = Readonly<{ principal: TokenPrincipal; origin: Sender['origin'] }>;

type Target = Readonly<{ name: PackageName; stored: StoredPackage; change: NoticeChange }>;

/** Everything that changes a package. What it refuses it throws as a PlatformError. */
export class Publisher {
  readonly #gate: PublishGate;
  readonly #catalogue: Catalogue;
  readonly #store: PackageStore;
  readonly #notices: Notices;
  readonly #noticeSync: PublisherOptions['noticeSync'];
  readonly #standing: PublisherOptions['standing'];
  readonly #onUnsettled: (error: unknown) => void;
  readonly #lock: PackageLock;

  constructor({ catalogue, store, withPackageLock, onUnsettled, ...rest }: PublisherOptions) {
    this.#notices = rest.notices;
    this.#noticeSync = rest.noticeSync;
    this.#standing = rest.standing;
    this.#lock = withPackageLock;
    this.#gate = rest.gate;
    this.#catalogue = catalogue;
    this.#store = store;
    this.#onUnsettled = onUnsettled;
  }

  /** Takes what `npm publish` sends, and what `npm deprecate` does. */
  async update(sender: Sender, packageName: string, body: unknown): Promise<void> {
    const author = this.#admit(sender, packageName);
    if (!hasAttachment(body)) return await this.#deprecate(author, packageName, body);
    requireMeantAccess(packageName, body);
    await this.#publish(author, packageName, body);
  }

  /** Puts a tag on a version. */
  async tag(sender: Sender, packageName: string, tag: string, version: unknown): Promise<void> {
    const author = this.#admit(sender, packageName);
    await this.#change(author, packageName, async ({ name, stored, change }) => {
      if (typeof version !== 'string' || !Object.hasOwn(stored.versions, version) || !isValidTag(tag)) {
        throw badRequest('There is no such version, or the tag is not a plain word.');
      }
      if (tag !== 'latest') return this.#store.setTags(name, { [tag]: version });
      await this.#notices.setLatest(change, version);
      await this.#noticeSync.carryNow(name, change.tenantId);
    });
  }

  async untag(sender: Sender, packageName: string, tag: string): Promise<void> {
    const author = this.#admit(sender, packageName);
    if (tag === 'latest') throw badRequest('The tag "latest" can be moved, not removed.');
    await this.#change(author, packageName, ({ name }) => this.#store.setTags(name, { [tag]: null }));
  }

  /**
   * Brings to its end what was accepted and is not in the catalogue yet; says how much that is. Trouble with one package
   * holds up no other.
   */
  async settlePending(): Promise<number> {
    const intents = await this.#catalogue.pending();
    const names = new Map(intents.map(({ name }) => [name.full, name]));
    for (const name of names.values()) {
      await this.#lock(name.full, () => this.#settleEarlier(name)).catch(this.#onUnsettled);
    }
    return intents.length;
  }

  async #publish(author: Author, packageName: string, body: unknown): Promise<void> {
    const request = unwrap(parsePublishRequest(packageName, body));
    const accepted = unwrap(await this.#gate(request, author.principal));
    await this.#lock(accepted.name.full, (signal) => this.#addVersion(author, accepted, signal));
  }

  async #addVersion({ principal, origin }: Author, accepted: AcceptedVersion, signal: AbortSignal): Promise<void> {
    const { name, version } = accepted;
    await this.#settleEarlier(name);
    await this.#requireOwner(principal, name);
    const stored = await this.#store.read(name);
    if (stored !== null && Object.hasOwn(stored.versions, version)) throw versionExists(name, version);
    const intent = await this.#catalogue.intend(accepted, {
      tenantId: principal.tenantId,
      actor: actorOf(principal),
      origin,
    });
    try {
      await this.#store.add(accepted, signal);
    } finally {
      await this.#settle(intent);
    }
  }

  async #deprecate(author: Author, packageName: string, body: unknown): Promise<void> {
    await this.#change(author, packageName, async ({ name, stored, change }) => {
      const notices = unwrap(readDeprecations(this.#standing.present(stored), body));
      if (notices.size === 0) return;
      await this.#notices.deprecate(change, notices);
      await this.#noticeSync.carryNow(name, change.tenantId);
    });
  }

  async #change(
    { principal, origin }: Author,
    packageName: string,
    apply: (target: Target) => Promise<void>,
  ): Promise<void> {
    const name = parsePackageName(packageName);
    if (name === null) throw notFound();
    await this.#lock(name.full, async () => {
      await this.#settleEarlier(name);
      const stored = await this.#store.read(name);
      if (stored === null) throw notFound();
      await this.#requireOwner(principal, name);
      await apply({ name, stored, change: { tenantId: principal.tenantId, actor: actorOf(principal), origin, name } });
    });
  }

  #admit({ caller, origin }: Sender, packageName: string): Author {
    const principal = unwrap(decidePublish(caller, packageName));
    const reason = this.#standing.takedownOf(packageName);
    if (reason !== null) throw takenDown(packageName, reason);
    return { principal, origin };
  }

  /** So that nobody takes a name, or a version, whose rows only wait for the database to come back. */
  async #settleEarlier(name: PackageName): Promise<void> {
    const intents = await this.#catalogue.pending();
    for (const intent of intents.filter((pending) => pending.name.full === name.full)) {
      await settleIntent(intent, this.#catalogue, this.#store);
    }
  }

  /** A failure here does not undo what is stored: the intent stays, and is settled later. */
  async #settle(intent: PublishIntent): Promise<void> {
    try {
      await settleIntent(intent, this.#catalogue, this.#store);
    } catch (error) {
      this.#onUnsettled(error);
    }
  }

  async #requireOwner({ tenantId }: TokenPrincipal, name: PackageName): Promise<void> {
    const owner = await this.#catalogue.ownerOf(name);
    if (owner === null || owner === tenantId) return;
    const message = `${name.full} belongs to the tenant that published it first.`;
    throw registryError([{ code: 'IA_REGISTRY_FORBIDDEN', message, hint: 'Choose another name.' }]);
  }
}

function unwrap<T>(checked: Checked<T>): T {
  if (checked.ok) return checked.value;
  throw registryError(checked.problems);
}

/** `npm deprecate` sends the package back as it was served, with an empty list of attachments. */
function hasAttachment(body: unknown): boolean {
  const attachments = isJsonObject(body) ? body['_attachments'] : undefined;
  return isJsonObject(attachments) && Object.keys(attachments).length > 0;
}

function versionExists(name: PackageName, version: string): Error {
  return registryError([
    {
      code: 'IA_REGISTRY_VERSION_EXISTS',
      message: `${name.full}@${version} is published already, and published versions never change.`,
      hint: 'Raise the version with `npm version patch` and publish again.',
    },
  ]);
}

function notFound(): Error {
  return registryError([{ code: 'IA_REGISTRY_NOT_FOUND', message: 'There is no such package.' }]);
}

function badRequest(message: string): Error {
  return registryError([{ code: 'IA_REGISTRY_REQUEST', message }]);
}
