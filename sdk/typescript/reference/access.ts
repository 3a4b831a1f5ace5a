/**
 * Who may do what: `apiKeys`, `tokens`, `workspaces`, `auditLog`.
 *
 * @module access
 */
export type {
  ApiKeys, ApiKey, ApiKeyCreate, ApiKeyUpdate, ApiKeyLimits, Role, Tokens, Token, TokenSettings,
  TokenUpdate, Workspaces, Workspace, WorkspaceName, WorkspaceSettings, WorkspaceUpdate, AuditLog,
  AuditEntry, AuditActor, AuditTarget, AuditQuery,
} from "../src/index.js";
