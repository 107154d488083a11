import { pick, useGraphiQL, useGraphiQLActions } from '@graphiql/react';
import { useEffect } from 'react';
import { fillVariables, type KnownIds } from './fill-variables.js';
import { readFilled, rememberFilled } from './session.js';

/** Shows nothing: it fills the known ids into the Variables pane of each tab that is opened, and again when they change. */
export function VariablesFiller({ ids }: { ids: KnownIds }) {
  const { variableEditor, tabs, activeTabIndex } = useGraphiQL(pick('variableEditor', 'tabs', 'activeTabIndex'));
  const { updateActiveTabValues } = useGraphiQLActions();
  const tab = tabs[activeTabIndex];

  useEffect(() => {
    if (variableEditor === undefined || tab === undefined) return;
    const filled = readFilled();
    const change = fillVariables(tab.query ?? '', variableEditor.getValue(), ids, (id) => filled.has(id));
    if (change === undefined) return;
    for (const id of change.filled) rememberFilled(id);
    variableEditor.setValue(change.text);
    updateActiveTabValues({ variables: change.text });
    // Not by the tab's content: what the user takes out while typing would come back at once.
  }, [variableEditor, tab?.id, ids]);
  return null;
}
