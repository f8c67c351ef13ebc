output "connection_id" {
  description = "ID of the scheduled connection."
  value       = airbyte_connection.archive.connection_id
}
