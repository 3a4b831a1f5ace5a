package com.aistrale.server.contract;

import java.util.Map;
import java.util.TreeMap;
import tools.jackson.dataformat.yaml.YAMLMapper;

/** {@code contract/problems.yaml}. */
final class Problems {
    static final Map<String, Integer> STATUS_BY_CODE = read();

    private Problems() {}

    private static Map<String, Integer> read() {
        var all = new TreeMap<String, Integer>();
        var file = Contract.folder().resolve("problems.yaml").toFile();
        for (var problem : new YAMLMapper().readTree(file).get("problems")) {
            all.put(problem.get("code").stringValue(), problem.get("status").intValue());
        }
        return all;
    }
}
