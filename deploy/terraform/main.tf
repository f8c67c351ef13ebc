resource "airbyte_source_definition" "chatgpt" {
  workspace_id      = var.workspace_id
  name              = "ChatGPT Enterprise"
  docker_repository = "${var.registry}/source-chatgpt-enterprise"
  docker_image_tag  = var.image_tag
}

resource "airbyte_destination_definition" "arctera" {
  workspace_id      = var.workspace_id
  name              = "Arctera Archive"
  docker_repository = "${var.registry}/destination-arctera-archive"
  docker_image_tag  = var.image_tag
}

resource "airbyte_source" "chatgpt" {
  workspace_id  = var.workspace_id
  name          = var.source_name
  definition_id = airbyte_source_definition.chatgpt.id

  configuration = jsonencode(merge(var.source_settings, {
    workspace_id = var.chatgpt_workspace_id
    api_key      = var.chatgpt_admin_key
  }))
}

resource "airbyte_destination" "arctera" {
  workspace_id  = var.workspace_id
  name          = var.destination_name
  definition_id = airbyte_destination_definition.arctera.id
  configuration = jsonencode(var.destination_configuration)
}

resource "airbyte_connection" "archive" {
  name                                 = var.connection_name
  source_id                            = airbyte_source.chatgpt.source_id
  destination_id                       = airbyte_destination.arctera.destination_id
  namespace_definition                 = "destination"
  non_breaking_schema_updates_behavior = "propagate_fully"
  status                               = "active"

  schedule = {
    schedule_type   = "cron"
    cron_expression = var.cron
  }

  configurations = {
    streams = [for name in var.streams : {
      name      = name
      sync_mode = "incremental_deduped_history"
    }]
  }
}
