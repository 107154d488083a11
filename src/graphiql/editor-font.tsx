import { pick, useMonaco } from '@graphiql/react';
import { useEffect } from 'react';

const FONT = '1em "Fira Code"';

/** Asks for the font of the editors at once. A browser would wait until it has letters to show in it. */
export function loadEditorFont(): void {
  void document.fonts.load(FONT);
}

/** Shows nothing: it has the editors measure their letters again once the font is there, or the cursor would stand beside them. */
export function EditorFont() {
  const { monaco } = useMonaco(pick('monaco'));

  useEffect(() => {
    if (monaco !== undefined) void document.fonts.load(FONT).then(() => monaco.editor.remeasureFonts());
  }, [monaco]);
  return null;
}
