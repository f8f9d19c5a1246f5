CREATE TABLE `guard_secrets` (
	`id` text PRIMARY KEY NOT NULL,
	`organization_id` text NOT NULL,
	`secret_ciphertext` text NOT NULL,
	`wrapped_data_key` text NOT NULL,
	`master_key_id` text NOT NULL,
	`created_at_ms` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `guard_secrets_by_organization` ON `guard_secrets` (`organization_id`);