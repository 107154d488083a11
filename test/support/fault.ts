import Database from 'better-sqlite3';

/** Runs SQL on a server's database from outside, past the server: to break something in it. */
export function alterDatabase(server: { dataDir: string }, sql: string): void {
  const database = new Database(`${server.dataDir}/hookgraph.sqlite`);
  database.pragma('foreign_keys = OFF');
  database.exec(sql);
  database.close();
}
