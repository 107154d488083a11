import { type FormEvent, useState } from 'react';
import type { KeyStatus, Organization } from './organizations.js';

interface BarProps {
  apiKey: string;
  onKey: (key: string) => void;
  status: KeyStatus;
  organizations: readonly Organization[];
  organizationId: string;
  onOrganization: (id: string) => void;
}

/** The bar at the top: the key and the organization, which serve every tab. */
export function Bar({ apiKey, onKey, status, organizations, organizationId, onOrganization }: BarProps) {
  return (
    <header className="bar">
      <strong className="bar-name">Hookgraph</strong>
      <KeyField apiKey={apiKey} onKey={onKey} isRefused={status.kind === 'refused'} />
      <label className="bar-field">
        Organization
        <select
          value={organizationId}
          disabled={organizations.length === 0}
          onChange={({ currentTarget }) => onOrganization(currentTarget.value)}
        >
          <option value="">{status.kind === 'accepted' && organizations.length === 0 ? 'none yet' : 'choose…'}</option>
          {organizations.map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </select>
      </label>
      <p className={status.kind === 'refused' ? 'bar-status bar-refused' : 'bar-status'} role="status">
        {hintFor(status, organizations, organizationId)}
      </p>
    </header>
  );
}

function KeyField({ apiKey, onKey, isRefused }: { apiKey: string; onKey: (key: string) => void; isRefused: boolean }) {
  const [typed, setTyped] = useState(apiKey);
  const [isShown, setIsShown] = useState(false);
  const commit = (text: string) => onKey(text.trim());
  const submit = (event: FormEvent) => {
    event.preventDefault();
    commit(typed);
  };
  return (
    <form className="bar-field" onSubmit={submit}>
      <label htmlFor="api-key">Key</label>
      <span className="bar-key">
        <input
          id="api-key"
          type={isShown ? 'text' : 'password'}
          value={typed}
          placeholder="Admin key or API key"
          autoComplete="off"
          spellCheck={false}
          aria-invalid={isRefused}
          onChange={({ currentTarget, nativeEvent }) => {
            setTyped(currentTarget.value);
            // Pasted or filled in, it is whole; typed by hand, it is when the field is left, or by Enter.
            if ((nativeEvent as InputEvent).inputType !== 'insertText') commit(currentTarget.value);
          }}
          onBlur={() => commit(typed)}
        />
        <button type="button" aria-pressed={isShown} onClick={() => setIsShown(!isShown)}>
          {isShown ? 'Hide' : 'Show'}
        </button>
      </span>
    </form>
  );
}

function hintFor(status: KeyStatus, organizations: readonly Organization[], organizationId: string): string {
  switch (status.kind) {
    case 'none':
      return 'The first start printed the admin key, and keeps it in data/admin-api-key unless you set one.';
    case 'asking':
      return '';
    case 'refused':
      return status.reason;
    case 'accepted':
      if (organizations.length === 0) return 'Run CreateOrganization to begin.';
      return organizationId === '' ? 'Choose the organization that the tabs are about.' : '';
  }
}
