import tseslint from 'typescript-eslint';

export default tseslint.config(
  {ignores: ['dist/', 'node_modules/', 'demo-archive/', 'coverage/', 'image/']},
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: {parserOptions: {projectService: true, tsconfigRootDir: import.meta.dirname}},
    rules: {
      'no-console': 'error', // stdout is the Airbyte protocol
      eqeqeq: 'error',
      'no-restricted-syntax': [
        'error',
        {
          // The object `z` holds all of it, and so would every bundle: three fifths of a small one, words in fifty languages.
          selector: 'ImportDeclaration[source.value="zod"] > :not(ImportNamespaceSpecifier)[type=/Specifier$/]',
          message: "Use import * as z from 'zod'.",
        },
      ],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', {considerDefaultExhaustiveForUnions: true}],
      '@typescript-eslint/restrict-template-expressions': ['error', {allowNumber: true, allowBoolean: true}],
      '@typescript-eslint/no-unnecessary-condition': ['error', {allowConstantLoopConditions: true}],
      '@typescript-eslint/no-confusing-void-expression': [
        'error',
        {ignoreArrowShorthand: true, ignoreVoidReturningFunctions: true},
      ],
    },
  },
  {
    // Command-line tools and the benchmark talk to a person, not to Airbyte.
    files: ['scripts/**', 'simulator/main.ts', 'bench/**'],
    rules: {'no-console': 'off'},
  },
  {
    files: ['test/**'],
    rules: {
      '@typescript-eslint/no-non-null-assertion': 'off', // a test that dereferences nothing fails, as it should
    },
  }
);
