package com.aistrale.server.access;

import com.aistrale.server.app.OnPostgres;

@OnPostgres
class WorkspaceRoutesOnPostgresTest extends WorkspaceRoutesTest {}
