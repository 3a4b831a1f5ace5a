package com.aistrale.server.kit.sql;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;

/** A connection that breaks in its commit, which arrived at the server before that, or did not. */
record BrokenCommit(Connection real, boolean arrives) {
    Connection connection() {
        return (Connection) Proxy.newProxyInstance(
                BrokenCommit.class.getClassLoader(), new Class<?>[] {Connection.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("commit")) {
                        if (arrives) {
                            real.commit();
                        }
                        real.close();
                        throw new SQLException("An I/O error occurred while sending to the backend.", "08006");
                    }
                    try {
                        return method.invoke(real, arguments);
                    } catch (InvocationTargetException failed) {
                        throw failed.getCause();
                    }
                });
    }
}
