ALTER TABLE `connections` ADD `region` text;--> statement-breakpoint
ALTER TABLE `connections` ADD `settings` text DEFAULT '{}' NOT NULL;--> statement-breakpoint
ALTER TABLE `connections` ADD `private_allowed` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `connections` ADD `credential_hint` text DEFAULT '' NOT NULL;