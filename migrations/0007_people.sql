CREATE TABLE `admin_keys` (
	`key_id` text PRIMARY KEY NOT NULL,
	`organization_id` text NOT NULL,
	`member_id` text,
	`name` text NOT NULL,
	`role` text NOT NULL,
	`secret_hash` text NOT NULL,
	`expires_at_ms` integer,
	`revoked_at_ms` integer,
	`created_by` text NOT NULL,
	`created_at_ms` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `admin_keys_by_time` ON `admin_keys` (`organization_id`,`created_at_ms`);--> statement-breakpoint
CREATE TABLE `audit_chains` (
	`organization_id` text PRIMARY KEY NOT NULL,
	`numbered` integer DEFAULT 0 NOT NULL,
	`sealed_sequence` integer DEFAULT 0 NOT NULL,
	`sealed_hash` text DEFAULT '' NOT NULL,
	`anchor_sequence` integer DEFAULT 0 NOT NULL,
	`anchor_hash` text DEFAULT '' NOT NULL
);
--> statement-breakpoint
CREATE TABLE `invitations` (
	`id` text PRIMARY KEY NOT NULL,
	`organization_id` text NOT NULL,
	`email` text NOT NULL,
	`role` text NOT NULL,
	`token_hash` text NOT NULL,
	`expires_at_ms` integer NOT NULL,
	`accepted_at_ms` integer,
	`created_by` text NOT NULL,
	`created_at_ms` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `invitations_by_token` ON `invitations` (`token_hash`);--> statement-breakpoint
CREATE INDEX `invitations_by_time` ON `invitations` (`organization_id`,`created_at_ms`);--> statement-breakpoint
CREATE TABLE `members` (
	`id` text PRIMARY KEY NOT NULL,
	`organization_id` text NOT NULL,
	`email` text NOT NULL,
	`role` text NOT NULL,
	`version` integer DEFAULT 1 NOT NULL,
	`created_at_ms` integer NOT NULL,
	`updated_at_ms` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `members_by_email` ON `members` (`organization_id`,`email`);--> statement-breakpoint
CREATE INDEX `members_everywhere` ON `members` (`email`);--> statement-breakpoint
CREATE TABLE `sessions` (
	`id` text PRIMARY KEY NOT NULL,
	`organization_id` text NOT NULL,
	`token_hash` text NOT NULL,
	`key_id` text,
	`key_hash` text,
	`member_id` text,
	`method` text NOT NULL,
	`client_ip` text,
	`created_at_ms` integer NOT NULL,
	`seen_at_ms` integer NOT NULL,
	`expires_at_ms` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `sessions_by_token` ON `sessions` (`token_hash`);--> statement-breakpoint
CREATE INDEX `sessions_by_time` ON `sessions` (`organization_id`,`created_at_ms`);--> statement-breakpoint
CREATE TABLE `sign_in_links` (
	`token_hash` text PRIMARY KEY NOT NULL,
	`organization_id` text NOT NULL,
	`key_id` text,
	`key_hash` text,
	`member_id` text,
	`expires_at_ms` integer NOT NULL
);
--> statement-breakpoint
ALTER TABLE `audit` ADD `sequence` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `audit` ADD `previous_hash` text;--> statement-breakpoint
ALTER TABLE `audit` ADD `hash` text;--> statement-breakpoint
CREATE UNIQUE INDEX `audit_by_sequence` ON `audit` (`organization_id`,`sequence`) WHERE sequence > 0;--> statement-breakpoint
ALTER TABLE `organizations` ADD `closed_at_ms` integer;--> statement-breakpoint
UPDATE audit SET sequence = numbered.place FROM (SELECT id, row_number() OVER (PARTITION BY organization_id ORDER BY at_ms, id) AS place FROM audit) AS numbered WHERE numbered.id = audit.id;--> statement-breakpoint
INSERT INTO audit_chains (organization_id, numbered) SELECT organization_id, max(sequence) FROM audit GROUP BY organization_id;--> statement-breakpoint
CREATE TRIGGER `audit_number` AFTER INSERT ON `audit` BEGIN
  INSERT INTO audit_chains (organization_id, numbered) VALUES (NEW.organization_id, 1) ON CONFLICT (organization_id) DO UPDATE SET numbered = numbered + 1;
  UPDATE audit SET sequence = (SELECT numbered FROM audit_chains WHERE organization_id = NEW.organization_id) WHERE id = NEW.id;
END;
