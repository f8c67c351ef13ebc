variable "airbyte_url" {
  description = "Address of Airbyte's public API, such as https://airbyte.example.com/api/public/v1."
  type        = string
}

variable "airbyte_client_id" {
  description = "Client ID of an application in Airbyte."
  type        = string
  sensitive   = true
}

variable "airbyte_client_secret" {
  description = "Client secret of the application."
  type        = string
  sensitive   = true
}

variable "workspace_id" {
  description = "ID of the workspace in Airbyte."
  type        = string
}

variable "registry" {
  description = "Registry that holds both images, with the path to them."
  type        = string
}

variable "image_tag" {
  description = "Tag of both images."
  type        = string
  default     = "0.1.0"
}

variable "chatgpt_workspace_id" {
  description = "ID of the ChatGPT Enterprise workspace."
  type        = string
}

variable "chatgpt_admin_key" {
  description = "Admin key of the ChatGPT Enterprise workspace."
  type        = string
  sensitive   = true
}

variable "source_name" {
  description = "Name of the source in Airbyte."
  type        = string
  default     = "ChatGPT Enterprise"
}

variable "source_settings" {
  description = "Further settings of the source."
  type        = any
  default     = {}
}

variable "destination_name" {
  description = "Name of the destination in Airbyte."
  type        = string
  default     = "Arctera archive"
}

variable "destination_configuration" {
  description = "Settings of the destination, as spec/examples shows them."
  type        = any
  sensitive   = true
}

variable "connection_name" {
  description = "Name of the connection."
  type        = string
  default     = "ChatGPT Enterprise to Arctera"
}

variable "cron" {
  description = "When to sync: seconds, minutes, hours, day of month, month, day of week."
  type        = string
  default     = "0 0 * * * ?"
}

variable "streams" {
  description = "Streams to capture. That of a type in extra_log_types is to be named too, such as codex_turn_logs."
  type        = list(string)

  default = [
    "users",
    "messages",
    "conversations",
    "files",
    "file_chunks",
    "audit_logs",
    "auth_logs",
    "app_logs",
    "app_auth_logs",
    "codex_logs",
    "codex_security_logs",
    "custom_agents_logs",
    "plugin_spreadsheet_logs",
    "gpts",
    "projects",
    "memories",
    "codex_tasks",
    "codex_environments",
    "agents",
    "skills",
    "automations",
    "recordings",
    "canvases",
    "library_files",
    "capture_runs",
  ]
}
