import { GraphiQL } from 'graphiql';
import { useCallback, useEffect, useMemo, useState } from 'react';
import type { Answer } from './api.js';
import { Bar } from './bar.js';
import { EditorFont } from './editor-font.js';
import { examples } from './examples.js';
import { createFetcher } from './fetcher.js';
import { type KeyStatus, type Organization, readOrganizations } from './organizations.js';
import { readSession, writeSession } from './session.js';
import { VariablesFiller } from './variables-filler.js';

const TABS = examples.map(({ query, variables }) => ({
  query,
  variables: variables === undefined ? null : JSON.stringify(variables, null, 2),
}));

/** JSON may be any value. GraphiQL takes a scalar that it does not know for a plain one, and would mark every object as a mistake. */
const SCALARS = { JSON: {} };

/** GraphiQL, with the key and the organization entered once for all of its tabs. */
export function Page() {
  const [key, setKey] = useState(() => readSession('key'));
  const [organizationId, setOrganizationId] = useState(() => readSession('organizationId'));
  const [eventId, setEventId] = useState('');
  const [status, setStatus] = useState<KeyStatus>({ kind: 'none' });
  const [organizations, setOrganizations] = useState<readonly Organization[]>([]);

  useEffect(() => writeSession('key', key), [key]);
  useEffect(() => writeSession('organizationId', organizationId), [organizationId]);

  useEffect(() => {
    setOrganizations([]);
    setStatus({ kind: key === '' ? 'none' : 'asking' });
    if (key === '') return undefined;
    let isCurrent = true;
    void readOrganizations(key).then((read) => {
      if (!isCurrent) return;
      setStatus(read.status);
      setOrganizations(read.organizations);
      setOrganizationId((id) => (read.organizations.some((known) => known.id === id) ? id : (onlyOne(read.organizations)?.id ?? '')));
    });
    return () => {
      isCurrent = false;
    };
  }, [key]);

  const learn = useCallback(({ data }: Answer) => {
    const created = data?.createOrganization as Organization | undefined;
    if (created?.id !== undefined) {
      setOrganizations((known) => [...known.filter(({ id }) => id !== created.id), { id: created.id, name: created.name ?? created.id }]);
      setOrganizationId(created.id);
    }
    const published = data?.publishEvent as { event?: { id?: string } } | undefined;
    if (published?.event?.id !== undefined) setEventId(published.event.id);
  }, []);

  const fetcher = useMemo(() => createFetcher(key, learn), [key, learn]);
  const ids = useMemo(() => ({ organizationId, eventId }), [organizationId, eventId]);

  return (
    <>
      <Bar
        apiKey={key}
        onKey={setKey}
        status={status}
        organizations={organizations}
        organizationId={organizationId}
        onOrganization={setOrganizationId}
      />
      <main>
        <GraphiQL
          fetcher={fetcher}
          // Not asked for where it would be refused; with a key, it is read by introspection.
          schema={key === '' ? null : undefined}
          defaultTabs={TABS}
          customScalarSchemas={SCALARS}
          // The key is in the bar. Other headers may be secrets too, and would stay in `localStorage`.
          shouldPersistHeaders={false}
          defaultEditorToolsVisibility="variables"
        >
          <GraphiQL.Logo>{null}</GraphiQL.Logo>
          <VariablesFiller ids={ids} />
          <EditorFont />
        </GraphiQL>
      </main>
    </>
  );
}

function onlyOne(organizations: readonly Organization[]): Organization | undefined {
  return organizations.length === 1 ? organizations[0] : undefined;
}
