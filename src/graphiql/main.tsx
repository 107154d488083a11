import 'graphiql/setup-workers/vite';
import 'graphiql/style.css';
import './page.css';
import { createRoot } from 'react-dom/client';
import { loadEditorFont } from './editor-font.js';
import { Page } from './page.js';

loadEditorFont();
createRoot(document.querySelector('#root')!).render(<Page />);
