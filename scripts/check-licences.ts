import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path/posix';

/** A package that is installed, or would be on another machine. */
export interface LicensedPackage {
  name: string;
  version: string;
  /** As the package says it, by SPDX; undefined where it says nothing. */
  licence: string | undefined;
  /** Whether it is only worked with, and not part of what runs at a user's. */
  isDevelopment: boolean;
}

/** Which licences packages may have. */
export interface AllowedLicences {
  everywhere: ReadonlySet<string>;
  /** Beside those, of what is only worked with. */
  development: ReadonlySet<string>;
}

/** The document that lists the licences, each with its reason. */
const DOCUMENT = 'LICENCES.md';

/** The packages whose licence is not allowed, each as a sentence. */
export function findForbiddenLicences(packages: readonly LicensedPackage[], allowed: AllowedLicences): string[] {
  return packages.flatMap(({ name, version, licence, isDevelopment }) => {
    const known = isDevelopment ? new Set([...allowed.everywhere, ...allowed.development]) : allowed.everywhere;
    if (licence !== undefined && isAllowed(licence, known)) return [];
    return [`${name} ${version} is under ${licence ?? 'no licence that it names'}, which ${DOCUMENT} does not allow.`];
  });
}

/** Of an expression of SPDX with AND every part has to be allowed, with OR one of them. Parts in parts are not known here. */
function isAllowed(expression: string, allowed: ReadonlySet<string>): boolean {
  const [, inside = expression] = /^\(([^()]*)\)$/.exec(expression) ?? [];
  if (inside.includes(' AND ')) return inside.split(' AND ').every((part) => allowed.has(part));
  return inside.split(' OR ').some((part) => allowed.has(part));
}

/** Reads the tables of the document: what stands under a heading, up to the next. */
export function readAllowedLicences(document: string): AllowedLicences {
  const [everywhere = '', development = ''] = document.split(/^## /m).slice(1);
  const namesIn = (section: string) => new Set([...section.matchAll(/^\| `([^`]+)`/gm)].map(([, name]) => name!));
  return { everywhere: namesIn(everywhere), development: namesIn(development) };
}

/** All packages of the lock file: what is installed says its licence itself, of the others the lock file knows it. */
export function readPackages(): LicensedPackage[] {
  const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8')) as { packages: Record<string, LockedPackage> };
  return Object.entries(packages)
    .filter(([path]) => path !== '')
    .map(([path, locked]) => ({
      name: path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length),
      version: locked.version,
      licence: installedLicence(path) ?? locked.license,
      isDevelopment: locked.dev === true,
    }));
}

interface LockedPackage {
  version: string;
  license?: string;
  dev?: boolean;
}

function installedLicence(path: string): string | undefined {
  const file = join(path, 'package.json');
  if (!existsSync(file)) return undefined;
  const { license } = JSON.parse(readFileSync(file, 'utf8')) as { license?: unknown };
  return typeof license === 'string' ? license : undefined;
}

if (import.meta.main) {
  const packages = readPackages();
  const faults = findForbiddenLicences(packages, readAllowedLicences(readFileSync(DOCUMENT, 'utf8')));
  const counts = Object.entries(
    Object.groupBy(packages, ({ licence, isDevelopment }) => `${licence}${isDevelopment ? ', only worked with' : ''}`),
  );
  for (const [licence, under] of counts.toSorted(([, a], [, b]) => b!.length - a!.length)) console.log(`${under!.length}\t${licence}`);
  if (faults.length > 0) {
    console.error(faults.join('\n'));
    process.exit(1);
  }
}
