import { Migration } from '@mikro-orm/migrations';

export class TokenParametersMigration extends Migration {

  override name = '2026-12-01-token-parameters';

  override up(): void | Promise<void> {
    this.addSql(`alter table \`authentications\` add column \`resource\` json null;`);
    this.addSql(`alter table \`authentications\` add column \`extra_parameters\` text null;`);
  }

  override down(): void | Promise<void> {
    this.addSql(`alter table \`authentications\` drop column \`resource\`;`);
    this.addSql(`alter table \`authentications\` drop column \`extra_parameters\`;`);
  }

}
